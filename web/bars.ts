import { element, make } from './elements.ts'
import { type ClassProbability, percent, ranked } from './words.ts'

/**
 * Shows the probability of each class as text and as a bar, the most probable of the picture without noise first, so that
 * bars stay where they are when noise moves them. A mark shows where they were.
 */
export function showBars(clean: readonly ClassProbability[], shown: readonly ClassProbability[]): void {
  const list = element('bars', HTMLOListElement)
  const order = ranked(clean)
  // Rows that stay can be moved by the style.
  if (list.childElementCount !== order.length)
    list.replaceChildren(
      ...order.map(() =>
        make('li', [
          make('span', [], { class: 'name' }),
          make('span', [], { class: 'bar', 'aria-hidden': 'true' }),
          make('span', [], { class: 'share' }),
        ]),
      ),
    )
  for (const [at, before] of order.entries()) {
    const [name, bar, share] = list.children[at]!.children as unknown as HTMLElement[]
    const { probability } = shown.find((each) => each.name === before.name)!
    name!.textContent = before.name
    bar!.style.setProperty('--share', String(probability))
    bar!.style.setProperty('--before', String(before.probability))
    bar!.classList.toggle('moved', shown !== clean)
    share!.textContent = percent(probability)
    if (shown !== clean) share!.append(make('small', [` without noise ${percent(before.probability)}`]))
  }
  list.hidden = false
}
