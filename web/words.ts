/** A class and its probability, 0 to 1. */
export interface ClassProbability {
  readonly name: string
  readonly probability: number
}

/** A probability as people read it: `62 %`, `< 1 %`, `> 99 %`. Decimals would claim more than models know. */
export function percent(probability: number): string {
  if (probability < 0.01) return '<\u00a01\u00a0%'
  if (probability > 0.99) return '>\u00a099\u00a0%'
  return `${Math.round(100 * probability)}\u00a0%`
}

/** A measured fraction, in percent with one decimal. */
export const percentage = (fraction: number): string => (100 * fraction).toFixed(1)

/** A count with thin spaces between thousands. */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f')

/** `a`, `a and b`, `a, b and c`. */
const listed = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`

/** The most probable first; of two that are as probable, the first in the model's order. */
export const ranked = (classes: readonly ClassProbability[]): ClassProbability[] =>
  classes.toSorted((a, b) => b.probability - a.probability)

/** Below this, a class is not named beside the most probable one. */
const WORTH_NAMING = 0.05

/** What the model says, in a sentence. @param noisy whether what is shown beside it has noise: the answer is without */
export function answerSentence(classes: readonly ClassProbability[], noisy = false): string {
  const [first, ...others] = ranked(classes)
  const named = others
    .filter(({ probability }) => probability >= WORTH_NAMING)
    .slice(0, 3)
    .map(({ name, probability }) => `${name} (${percent(probability)})`)
  const rest = named.length === 0 ? '' : `, before ${listed(named)}`
  return `Most probable${noisy ? ' without noise' : ''}: ${first!.name} (${percent(first!.probability)})${rest}.`
}

/** A fraction of the exposure time: `1/8`, or `all` for 1. */
export const levelText = (level: number): string => (level === 1 ? 'all' : `1/${Math.round(1 / level)}`)

/** How much shallower a fraction of the exposure time is for faint sources, 1.25 log₁₀(1/f) magnitudes. */
export const shallowerText = (level: number): string =>
  level === 1 ? '–' : `${(1.25 * Math.log10(1 / level)).toFixed(2)} mag`

/**
 * How the answer to a noisy picture differs from the one without noise, in a sentence.
 *
 * @param level fraction of the exposure time, below 1
 */
export function movedSentence(
  level: number,
  clean: readonly ClassProbability[],
  noisy: readonly ClassProbability[],
): string {
  const [before, now] = [ranked(clean)[0]!, ranked(noisy)[0]!]
  const with_ = `With ${levelText(level)} of the exposure time`
  if (now.name === before.name)
    return `${with_} it is still ${now.name}: ${percent(now.probability)}, and ${percent(before.probability)} with all of it.`
  const left = noisy.find(({ name }) => name === before.name)!.probability
  return `${with_} it becomes ${now.name} (${percent(now.probability)}). ${before.name} has ${percent(left)} left of ${percent(before.probability)}.`
}
