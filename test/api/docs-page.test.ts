import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { parseKeys } from '../../src/api/index.ts'
import { docsFiles } from '../../src/api/node/index.ts'
import { problemOf, serveApp } from './api-server.ts'

const CHROMIUM = '/usr/bin/chromium'
const playwright = await import('playwright-core').catch(() => undefined)
const absent = playwright === undefined ? 'playwright-core' : existsSync(CHROMIUM) ? undefined : 'chromium'

/** Where PUREGALAXY_SCREENSHOTS names a folder, a picture of the page stays there to be looked at. */
const kept = process.env.PUREGALAXY_SCREENSHOTS

const keys = parseKeys(`a ${'0'.repeat(64)}`)

describe('/docs', () => {
  it('is served without a key, its files too, and no other file', async () => {
    const { ask } = await serveApp({ docs: docsFiles, keys })
    for (const [path, type] of [
      ['/docs', /^text\/html/],
      ['/docs/start.js', /^text\/javascript/],
      ['/docs/swagger-ui-bundle.js', /^text\/javascript/],
      ['/docs/swagger-ui.css', /^text\/css/],
    ] as const) {
      const response = await ask(path)
      expect([response.status, response.headers.get('content-type')]).toEqual([
        200,
        expect.stringMatching(type),
      ])
      expect(response.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self';/,
      )
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    }
    for (const path of ['/docs/LICENSE', '/docs/none.js', '/docs/..%2Findex.js', '/docs/__proto__'])
      expect([401, 404]).toContain((await problemOf(await ask(path)))[0])
  })

  it('is not there where the app was given no files', async () => {
    const { ask } = await serveApp()
    expect(await problemOf(await ask('/docs'))).toEqual([404, 'api.no-such-route'])
  })
})

describe.skipIf(absent)(`/docs in a browser${absent ? ` (skipped: ${absent} is not installed)` : ''}`, () => {
  let browser: Browser | undefined
  afterAll(() => browser?.close())

  it('shows the routes, sends a request, and asks no other server for anything', async () => {
    const { url } = await serveApp({ docs: docsFiles })
    browser = await playwright!.chromium.launch({
      executablePath: CHROMIUM,
      args: [
        ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
        ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ],
    })
    const page = await browser.newPage({ viewport: { width: 1200, height: 1400 } })
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('request', (request) => {
      if (!request.url().startsWith(`${url}/`) && !request.url().startsWith('data:'))
        complaints.push(request.url())
    })
    await page.goto(`${url}/docs`)
    await page.locator('.opblock').first().waitFor()
    const routes = await page.locator('.opblock-summary-path').allInnerTexts()
    expect(routes.map((route) => route.replace(/\u200b/g, ''))).toEqual([
      '/v1/classify',
      '/v1/cutouts',
      '/v1/models',
      '/v1/models/{name}',
      '/health/live',
      '/health/ready',
    ])
    await page.locator('#operations-default-get_v1_models .opblock-summary-control').click()
    await page.getByText('Try it out').click()
    await page.getByText('Execute').click()
    await page.locator('.live-responses-table').waitFor()
    expect(await page.locator('.live-responses-table').innerText()).toContain('"name": "brightness"')
    if (kept) await page.screenshot({ path: join(kept, 'docs.png') })
    expect(complaints).toEqual([])
  })
})
