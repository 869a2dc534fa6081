import { existsSync } from 'node:fs'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'

const CHROMIUM = '/usr/bin/chromium'
const playwright = await import('playwright-core').catch(() => undefined)

/** What is missing for tests in a browser, or undefined. */
export const absent =
  playwright === undefined ? 'playwright-core' : existsSync(CHROMIUM) ? undefined : 'chromium'

/** What JavaScript says in the page; as text, because the project's types know no document. */
export const inPage = <T>(page: Page, expression: string): Promise<T> => page.evaluate<T>(expression)

export interface Visit {
  readonly page: Page
  /** What the browser said on its console, and requests to anything but the server, as they come. */
  readonly complaints: string[]
  close(): Promise<void>
}

/**
 * A Chromium for the tests of a file.
 *
 * @param names hosts that it takes for this machine; unlike localhost they are no places that it trusts without TLS
 */
export function chromium(...names: readonly string[]) {
  let browser: Browser
  beforeAll(async () => {
    browser = await playwright!.chromium.launch({
      executablePath: CHROMIUM,
      args: [
        ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
        ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
        `--host-resolver-rules=${names.map((name) => `MAP ${name} 127.0.0.1`).join(',')}`,
      ],
    })
  })
  afterAll(() => browser?.close())

  /** Opens the page at an address, in a context of its own. */
  return async function visit(
    url: string,
    options: Parameters<Browser['newContext']>[0] = {},
  ): Promise<Visit> {
    const context: BrowserContext = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      ...options,
    })
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('request', (request) => {
      const address = request.url()
      if (!address.startsWith(url) && !address.startsWith('data:')) complaints.push(address)
    })
    await page.goto(url)
    return { page, complaints, close: () => context.close() }
  }
}
