import { LEGACY_PIXEL_SCALE } from '../../survey/index.ts'
import type { RobustnessReport } from '../report-types.ts'
import { entryLabels, PROTOCOL_TITLES } from './labels.ts'
import { count, counted, listed } from './numbers.ts'
import { pictureSizes, resizedAfterNoise } from './picture-sizes.ts'

/** Below this many pictures an interval is wider than the differences that papers report. */
const MANY_PICTURES = 2000

/** What the figures do not show, in sentences; only what applies to this report. */
export function limitSentences(report: RobustnessReport): string[] {
  const { data, entries, protocols } = report
  const stretched = protocols.filter(({ protocol }) => protocol !== 'exposure')
  const exposures = protocols.filter(({ protocol }) => protocol === 'exposure')
  const single = entries.filter(({ models }) => models.length === 1)
  const sameData = entryLabels(entries).filter((_, entry) =>
    entries[entry]!.models.some(({ training }) => training.dataHash === data.hash),
  )
  const figures = protocols.flatMap(({ curves }) => curves.flatMap(({ clean, levels }) => [clean, ...levels]))
  return [
    ...(sameData.length > 0
      ? [
          `${listed(sameData)}: trained on the same data, by its hash. Where the pictures judged here were not set apart from the training (--split), the figures say how well they are remembered.`,
        ]
      : []),
    ...(stretched.length > 0
      ? [
          `${listed(stretched.map(({ protocol }) => PROTOCOL_TITLES[protocol]))}: noise is drawn on stretched pixel values, not on light. Such pictures are no physical exposures; the levels compare models, and say nothing about a depth of observation.`,
        ]
      : []),
    ...(exposures.length > 0
      ? [
          'Shorter exposures rest on estimated gains (electrons per nanomaggy of a typical stack) and on the noise of the sky as measured in each picture’s border. Channels at 0 or 255 only bound the light.',
        ]
      : []),
    ...(exposures.length > 0 && data.pixelScale.unknown > 0
      ? [
          `The pixel scale of ${counted(data.pixelScale.unknown, 'picture')} is unknown and taken as ${LEGACY_PIXEL_SCALE}″, the survey’s own. Where pictures were made smaller, their exposures are noisier here than they would be.`,
        ]
      : []),
    ...(exposures.length > 0 && resizedAfterNoise(report, 'exposure')
      ? [
          `Resizing from ${pictureSizes(report).stored} to ${pictureSizes(report).seen} pixels after the noise averages white noise away faster than the correlated noise of genuine pictures: a level is milder here than its exposure. The figures hold for these two sizes.`,
        ]
      : []),
    ...(exposures.some(({ illustration }) => illustration)
      ? [
          'The exposure protocol was run on pictures without the survey’s stretch because a person asked for it. It illustrates, and measures nothing.',
        ]
      : []),
    ...(data.exact < MANY_PICTURES
      ? [
          `Only ${counted(data.exact, 'picture')} with an exact label: differences of a few points lie within the intervals, and rare classes rest on very few pictures.`,
        ]
      : []),
    ...(protocols.some(({ comparisons }) =>
      comparisons.some(({ level, relative }) => level !== null && relative === null),
    )
      ? [
          'Relative accuracies of some entries are not compared: of these few pictures a resampled set may hold none that is right without noise, and has no share to keep.',
        ]
      : []),
    ...(figures.some(({ interval: [low, high] }) => low === high)
      ? [
          'Where every picture was right, or every one wrong, an interval has no width: the bootstrap knows no other pictures than these. It does not mean certainty.',
        ]
      : []),
    single.length === entries.length
      ? 'One training run each: what differs is these weights. Nothing follows for the architectures, whose runs differ among themselves.'
      : `Where an entry has several models, intervals are over them too; a few runs are a small sample.${single.length > 0 ? ' Where an entry has one model, nothing follows for its architecture.' : ''}`,
    ...(entries.length > 1
      ? [
          'McNemar’s test sees the first model of each entry under the first noise seed only. A corrected p of 0.05 or more does not show that two entries are equal.',
        ]
      : []),
    ...(data.partial > 0
      ? [
          `Partial labels (${count(data.partial)}) admit several classes; the share of admitted predictions is no accuracy, and is high by chance where many classes are admitted.`,
        ]
      : []),
    ...(data.unlabelled > 0
      ? [
          `${counted(data.unlabelled, 'picture')} of which nothing is known ${data.unlabelled === 1 ? 'was' : 'were'} left out.`,
        ]
      : []),
    'The figures hold for pictures like these: another survey, pixel scale or stretch is another question.',
  ]
}
