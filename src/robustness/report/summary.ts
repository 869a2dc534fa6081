import type { EntryCurve, LevelFigures, ProtocolReport } from '../report-types.ts'
import { mean } from '../statistics.ts'
import { commonestShare } from './figures-of-level.ts'
import { levelPhrase, levelText, titleInSentence } from './labels.ts'
import { counted, decimal, listed, percent, percentages, points } from './numbers.ts'
import type { Page } from './page.ts'
import { type RelativeVerdict, relativeVerdict, SIGNIFICANCE, type Verdict, verdict } from './verdict.ts'

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
    ...relativeDifferences(page, protocol),
    ...worthless(page, protocol),
  ]
}

function falls({ labels }: Page, protocol: ProtocolReport): string[] {
  return protocol.curves.map(({ clean, levels }, entry) => {
    const worst = levels.at(-1)!
    return `${labels[entry]}: accuracy ${percent(clean.accuracy.mean)} without noise (95 % interval ${percentages(clean.interval)}), ${percent(worst.accuracy.mean)} (${percentages(worst.interval)}) at the worst level, ${levelPhrase(protocol, worst.level)}.`
  })
}

/** Equal sums are equal in whatever order they were summed. */
const rounded = (fraction: number) => Math.round(1e9 * fraction) / 1e9

/** Mean loss of accuracy over the levels, as a fraction. */
function meanLoss({ clean, levels }: EntryCurve): number {
  return rounded(clean.accuracy.mean - mean(levels.map(({ accuracy }) => accuracy.mean)))
}

interface Loss {
  readonly entry: number
  readonly clean: number
  readonly points: number
  /** Of the entry's own accuracy without noise; null where it has none. */
  readonly share: number | null
}

/** A fraction in percent, as it is printed: what reads the same is the same. */
const shown = (fraction: number) => Math.sign(fraction) * Number((100 * Math.abs(fraction)).toFixed(1))

function lossText({ points, share }: Loss): string {
  const gains = shown(points) < 0 || (share !== null && shown(share) < 0)
  const part = share === null ? '' : `, ${percent(Math.abs(share))} of its accuracy without noise`
  return `${gains ? 'gains' : 'loses'} ${decimal(100 * Math.abs(points), 1)} points${part}`
}

/** Those whose value is the smallest, as it is printed. */
function smallest(losses: readonly Loss[], measure: 'points' | 'share'): Loss[] {
  const values = losses.map((loss) => loss[measure])
  const least = Math.min(...values.filter((value) => value !== null).map(shown))
  return losses.filter((_, at) => values[at] !== null && shown(values[at]!) === least)
}

/** Which entries lose least, in points and as a share of their own accuracy: the two need not agree. */
function losesLeast({ labels }: Page, { curves }: ProtocolReport): string[] {
  const losses = curves.map((curve, entry): Loss => {
    const points = meanLoss(curve)
    const { mean: clean } = curve.clean.accuracy
    return { entry, clean, points, share: clean > 0 ? rounded(points / clean) : null }
  })
  if (losses.length === 1) return [`On average over the levels it ${lossText(losses[0]!)}.`]
  const all = losses
    .toSorted((a, b) => a.points - b.points)
    .map((loss) => `${labels[loss.entry]} ${lossText(loss)}`)
    .join('; ')
  const least = smallest(losses, 'points')
  const relative = smallest(losses, 'share')
  const gain = shown(least[0]!.points) < 0
  const named = (some: readonly Loss[]) => listed(some.map(({ entry }) => labels[entry]!))
  const [verb, order] = gain ? ['gain', 'most'] : ['lose', 'least']
  const [inPoints, asShare] =
    least.length === losses.length
      ? [`all entries ${verb} alike`, `${named(relative)} ${order}`]
      : [`${named(least)} ${verb}${least.length === 1 ? 's' : ''} ${order}`, named(relative)]
  const agree = least.some(({ share }) => share === null) || named(least) === named(relative)
  const reading = agree
    ? inPoints
    : `${inPoints} in points and ${asShare} as a share of ${relative.length === 1 ? 'its' : 'their'} own accuracy`
  const lowest =
    !gain &&
    least.length === 1 &&
    losses.every((loss) => loss === least[0] || shown(loss.clean) > shown(least[0]!.clean))
  return [
    `On average over the levels ${reading}: ${all}. No test stands behind this order.${lowest ? ` ${named(least)} starts lowest, and has less to lose.` : ''}`,
  ]
}

function differences({ labels }: Page, protocol: ProtocolReport): string[] {
  return labels.flatMap((label, against) => {
    const comparisons = protocol.comparisons.filter((comparison) => comparison.against === against)
    if (comparisons.length === 0) return []
    const of = (kind: Verdict) => comparisons.filter((comparison) => verdict(comparison) === kind)
    const places = (kind: Verdict) => listed(of(kind).map(({ level }) => atLevel(protocol, level)))
    const detailed = (kind: Verdict) =>
      listed(
        of(kind).map(
          ({ level, difference, interval }) =>
            `${atLevel(protocol, level)} (${points(difference)} points, ${percentages(interval)})`,
        ),
      )
    if (of('no difference').length === comparisons.length)
      return `Between ${labels[0]} and ${label} there is no difference that this test can see, at any level nor without noise (corrected p ≥ ${SIGNIFICANCE}). This does not show that they are equal.`
    const parts = [
      of('better').length > 0 ? `${labels[0]} is the more accurate ${detailed('better')}` : '',
      of('worse').length > 0 ? `${label} is the more accurate ${detailed('worse')}` : '',
      of('mixed').length > 0
        ? `test and interval disagree ${places('mixed')}, and nothing is claimed there`
        : '',
      of('no difference').length > 0
        ? `no difference that this test can see ${places('no difference')} (corrected p ≥ ${SIGNIFICANCE})`
        : '',
    ].filter(Boolean)
    const brackets =
      of('better').length + of('worse').length > 0 ? ' In brackets the difference and its 95 % interval.' : ''
    return `${labels[0]} against ${label}, on the same noisy pictures: ${parts.join('; ')}.${brackets}`
  })
}

/** Where the first entry keeps more or less of its own accuracy than another. */
function relativeDifferences({ labels }: Page, protocol: ProtocolReport): string[] {
  return labels.flatMap((label, against) => {
    const found = protocol.comparisons.flatMap(({ against: other, level, relative }) =>
      other === against && relative !== null ? [{ level, ...relative }] : [],
    )
    if (found.length === 0) return []
    const at = (kind: RelativeVerdict) =>
      found
        .filter((each) => relativeVerdict(each) === kind)
        .map(
          ({ level, difference, interval }) =>
            `${atLevel(protocol, level)} (${points(difference)} points, ${percentages(interval)})`,
        )
    const [more, less] = [at('more'), at('less')]
    if (more.length + less.length === 0)
      return `Of its own accuracy without noise ${labels[0]} keeps no other share than ${label} at any level, as far as this test can see (bootstrap, corrected p ≥ ${SIGNIFICANCE}).`
    const parts = [
      more.length > 0 ? `${labels[0]} keeps more ${listed(more)}` : '',
      less.length > 0 ? `${label} keeps more ${listed(less)}` : '',
      more.length + less.length < found.length ? 'elsewhere this test sees no difference' : '',
    ].filter(Boolean)
    return `Of its own accuracy without noise, ${labels[0]} against ${label}: ${parts.join('; ')}.`
  })
}

function atLevel({ protocol }: ProtocolReport, level: number | null): string {
  return level === null ? 'without noise' : `at ${levelText(protocol, level)}`
}

function worthless({ report, labels }: Page, protocol: ProtocolReport): string[] {
  const share = commonestShare(report.data)
  if (share === null) return []
  const low = ({ interval }: LevelFigures) => interval[0] <= share
  const lines = protocol.curves.flatMap(({ clean, levels }, entry) => {
    const noisy = levels.filter(low).map(({ level }) => levelText(protocol.protocol, level))
    const places = [
      ...(low(clean) ? ['without noise'] : []),
      ...(noisy.length > 0 ? [`at ${listed(noisy)}`] : []),
    ]
    return places.length === 0 ? [] : `${labels[entry]} ${places.join(' and ')}`
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
  const noise = listed(protocols.map(({ protocol }) => titleInSentence(protocol)))
  return `${counted(data.exact, 'picture')} with an exact label ${data.exact === 1 ? 'was' : 'were'} shown to ${labels.length === 1 ? labels[0] : listed([...labels])} (${counted(models, 'model')}) without noise and under ${noise}, with ${counted(seeds.length, 'noise seed')}. Every entry saw the same noisy pictures.`
}
