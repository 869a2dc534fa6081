/**
 * An element of index.html.
 *
 * @param type what it is, such as `HTMLInputElement`
 */
export function element<E extends HTMLElement>(id: string, type: new () => E): E {
  const found = document.getElementById(id)
  if (found instanceof type) return found
  throw new TypeError(`index.html has no ${type.name} #${id}`)
}

/** A new element with what it holds; text stays text. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  content: readonly (Node | string)[] = [],
  attributes: Readonly<Record<string, string>> = {},
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  made.append(...content)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  return made
}
