import type { EntryCurve, ProtocolReport } from '../report-types.ts'
import { commonestShare, mean } from './figures-of-level.ts'
import { levelPhrase, levelText, PROTOCOL_TITLES } from './labels.ts'
import { counted, decimal, listed, percent, percentages, points, probability } from './numbers.ts'
import type { Page } from './page.ts'
import { SIGNIFICANCE, type Verdict, verdict } from './verdict.ts'

/**
 * What one protocol showed, in sentences made from its numbers: how far each entry falls, which loses least, where the
 * first entry differs from the others, and where an answer is worth no more than naming the commonest class.
 */
export function summarySentences(page: Page, protocol: ProtocolReport): string[] {
  return [
    ...(protocol.illustration
      ? [
          'This is an illustration: the pictures do not have the stretch that this noise assumes, and the figures measure nothing.',
        ]
      : []),
    ...falls(page, protocol),
    ...losesLeast(page, protocol),
    ...differences(page, protocol),
    ...worthless(page, protocol),
  ]
}

function falls({ labels }: Page, protocol: ProtocolReport): string[] {
  return protocol.curves.map(({ clean, levels }, entry) => {
    const worst = levels.at(-1)!
    return `${labels[entry]}: accuracy ${percent(clean.accuracy.mean)} without noise (95 % interval ${percentages(clean.interval)}), ${percent(worst.accuracy.mean)} (${percentages(worst.interval)}) at the worst level, ${levelPhrase(protocol, worst.level)}.`
  })
}

/** Mean loss of accuracy over the levels, as a fraction. */
function meanLoss({ clean, levels }: EntryCurve): number {
  return clean.accuracy.mean - mean(levels.map(({ accuracy }) => accuracy.mean))
}

function losesLeast({ labels }: Page, { curves }: ProtocolReport): string[] {
  if (curves.length < 2) return [`Over the levels it loses ${lossText(curves[0]!)} on average.`]
  const order = curves
    .map((curve, entry) => ({ entry, curve, loss: meanLoss(curve) }))
    .sort((a, b) => a.loss - b.loss)
  const [least, ...others] = order
  if (others.every(({ loss }) => decimal(100 * loss, 1) === decimal(100 * least!.loss, 1)))
    return [`Averaged over the levels all entries lose alike: ${lossText(least!.curve)}.`]
  const startsLowest = others.every(
    ({ curve }) => curve.clean.accuracy.mean > least!.curve.clean.accuracy.mean,
  )
  return [
    `Averaged over the levels, ${labels[least!.entry]} loses least of its own accuracy, ${lossText(least!.curve)}; ${listed(others.map(({ entry, curve }) => `${labels[entry]} loses ${lossText(curve)}`))}. No test stands behind this order${startsLowest ? ', and the entry that loses least also starts lowest: it has less to lose' : ''}.`,
  ]
}

function lossText(curve: EntryCurve): string {
  const loss = meanLoss(curve)
  const { mean: clean } = curve.clean.accuracy
  const share = clean > 0 ? ` (${percent(loss / clean)} of its accuracy without noise)` : ''
  return `${decimal(100 * loss, 1)} points${share}`
}

function differences({ labels }: Page, protocol: ProtocolReport): string[] {
  return labels.flatMap((label, against) => {
    const comparisons = protocol.comparisons.filter((comparison) => comparison.against === against)
    if (comparisons.length === 0) return []
    const of = (kind: Verdict) => comparisons.filter((comparison) => verdict(comparison) === kind)
    const where = (kind: Verdict) => listed(of(kind).map(({ level }) => levelText(protocol.protocol, level)))
    const detailed = (kind: Verdict) =>
      listed(
        of(kind).map(
          ({ level, difference, interval, mcnemar }) =>
            `${levelText(protocol.protocol, level)} (${points(difference)} points, 95 % interval ${percentages(interval)}, corrected p ${equal(probability(mcnemar.corrected))})`,
        ),
      )
    if (of('no difference').length === comparisons.length)
      return `Between ${labels[0]} and ${label} there is no difference that this test can see, at any level nor without noise (corrected p ≥ ${SIGNIFICANCE}). This does not show that they are equal.`
    const parts = [
      of('better').length > 0 ? `${labels[0]} is the more accurate at ${detailed('better')}` : '',
      of('worse').length > 0 ? `${label} is the more accurate at ${detailed('worse')}` : '',
      of('mixed').length > 0 ? `test and interval do not agree at ${where('mixed')}` : '',
      of('no difference').length > 0
        ? `no difference that this test can see at ${where('no difference')} (corrected p ≥ ${SIGNIFICANCE})`
        : '',
    ].filter(Boolean)
    return `${labels[0]} against ${label}, on the same noisy pictures: ${parts.join('; ')}.`
  })
}

const equal = (text: string) => (text.startsWith('<') ? text : `= ${text}`)

function worthless({ report, labels }: Page, protocol: ProtocolReport): string[] {
  const share = commonestShare(report.data)
  if (share === null) return []
  const lines = protocol.curves.flatMap(({ levels }, entry) => {
    const low = levels.filter(({ interval }) => interval[0] <= share)
    return low.length === 0
      ? []
      : `${labels[entry]} at ${listed(low.map(({ level }) => levelText(protocol.protocol, level)))}`
  })
  return lines.length === 0
    ? []
    : [
        `Not above what always naming the commonest class would reach (${percent(share)}), as far as the intervals can tell: ${lines.join('; ')}.`,
      ]
}

/** What was judged, in a sentence. */
export function basisSentence({ report, labels }: Page): string {
  const { data, seeds, protocols, entries } = report
  const models = entries.reduce((total, entry) => total + entry.models.length, 0)
  const noise = listed(protocols.map(({ protocol }) => PROTOCOL_TITLES[protocol].toLowerCase()))
  return `${counted(data.exact, 'picture')} with an exact label ${data.exact === 1 ? 'was' : 'were'} shown to ${labels.length === 1 ? labels[0] : listed([...labels])} (${counted(models, 'model')}) without noise and under ${noise}, with ${counted(seeds.length, 'noise seed')}. Every entry saw the same noisy pictures.`
}
