import { element, make } from './elements.ts'
import { type ClassProbability, levelText, percent, ranked, shallowerText } from './words.ts'

/**
 * Fills the table of how the answer moves.
 *
 * @param answers of the levels so far
 * @param shown the level that the slider is at
 */
export function showTrail(
  levels: readonly number[],
  answers: ReadonlyMap<number, readonly ClassProbability[]>,
  shown: number,
): void {
  const rows = levels.map((level) => {
    const answer = answers.get(level)
    const first = answer && ranked(answer)[0]!
    const cells = [shallowerText(level), first?.name ?? '…', first ? percent(first.probability) : '…']
    return make(
      'tr',
      [make('th', [levelText(level)], { scope: 'row' }), ...cells.map((text) => make('td', [text]))],
      level === shown ? { 'aria-current': 'true' } : {},
    )
  })
  element('trail', HTMLTableSectionElement).replaceChildren(...rows)
}
