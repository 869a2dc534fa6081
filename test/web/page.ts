import type { Page } from 'playwright-core'
import type { Classifier } from '../../src/classify/index.ts'
import type { Row } from '../api/api-server.ts'

/** Pixels by which the page is wider than the window, as JavaScript. */
export const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

/** `62 %` as the page writes a probability. */
export const percent = (p: number) =>
  p < 0.01 ? '<\u00a01\u00a0%' : p > 0.99 ? '>\u00a099\u00a0%' : `${Math.round(100 * p)}\u00a0%`

/** What the bars say, by class name. */
export async function barsOf(page: Page): Promise<Record<string, string>> {
  const rows = await page
    .locator('#bars li')
    .evaluateAll((all) =>
      all.map((row) => [row.children[0]!.textContent!, row.children[2]!.firstChild!.textContent!]),
    )
  return Object.fromEntries(rows)
}

/** What they should say of a row of the API. */
export const expectedBars = (row: Row, { names, slugs }: Classifier['classes']) =>
  Object.fromEntries(slugs.map((slug, at) => [names[at]!, percent(row[`p_${slug}`] as number)]))

/** Waits until the model has looked at every level. */
export const settled = (page: Page) =>
  page.locator('#trail tr:nth-child(6) td:last-child').filter({ hasNotText: '…' }).waitFor()

/** Drops things on the page, as a mouse would: `fill` puts them into a DataTransfer called `transfer`. */
export async function dropOn(page: Page, fill: string): Promise<void> {
  const script = `(() => { const transfer = new DataTransfer(); ${fill}; return transfer })()`
  await page.dispatchEvent('h1', 'drop', { dataTransfer: await page.evaluateHandle(script) })
}

export const addFile = (name: string, bytes: Buffer) =>
  `transfer.items.add(new File([Uint8Array.from(atob('${bytes.toString('base64')}'), (letter) => letter.charCodeAt(0))], '${name}'))`
