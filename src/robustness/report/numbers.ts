import type { Interval } from '../../train/evaluation-types.ts'

/** Stands where there is no figure, or none that is finite. */
export const NOTHING = '–'
const MINUS = '−'
/** Exact tests of millions of pictures give numbers that nobody reads. */
const SMALLEST_P = 1e-12

/** A fraction as a percentage with one decimal, without the sign: `71.0`. */
export function percentage(fraction: number | null): string {
  return decimal(fraction === null ? null : 100 * fraction, 1)
}

/** The same with the sign: `71.0 %`. */
export function percent(fraction: number | null): string {
  const text = percentage(fraction)
  return text === NOTHING ? text : `${text}\u00a0%`
}

/** Both ends of an interval of fractions as percentages: `66.4–75.6`, or `−1.2 to 3.4` where signs would run into the dash. */
export function percentages([low, high]: Interval): string {
  const dash = low < 0 || high < 0 ? ' to ' : '–'
  return `${percentage(low)}${dash}${percentage(high)}`
}

/** A difference of fractions in percentage points: `+9.4`. */
export function points(difference: number): string {
  const text = percentage(difference)
  return difference > 0 && Number(text) !== 0 ? `+${text}` : text
}

export function decimal(value: number | null, digits: number): string {
  if (value === null || !Number.isFinite(value)) return NOTHING
  const text = Math.abs(value).toFixed(digits)
  return value < 0 && Number(text) !== 0 ? `${MINUS}${text}` : text
}

/** A probability of a test: `0.013`, `6.0e-5`. */
export function probability(p: number): string {
  if (p < SMALLEST_P) return `< ${SMALLEST_P}`
  return p < 0.001 ? p.toExponential(1) : p.toFixed(3)
}

/** A count with thin spaces between thousands. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f')
}

/** `1 picture`, `393 pictures`. */
export function counted(value: number, noun: string): string {
  return `${count(value)}\u00a0${noun}${value === 1 ? '' : 's'}`
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}
