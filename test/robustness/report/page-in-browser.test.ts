import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reportHtml } from '../../../src/robustness/report/index.ts'
import { HOSTILE_NAMES } from './hostile-names.ts'
import { sampleReport } from './sample-report.ts'

/** What JavaScript says in the page; as text, because the project's types know no document. */
const inPage = <T>(page: Page, expression: string): Promise<T> => page.evaluate<T>(expression)
const LEAST_CONTRAST = readFileSync(join(import.meta.dirname, 'least-contrast.js'), 'utf8')
const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
const OPEN_ALL = "for (const details of document.querySelectorAll('details')) details.open = true"
const WIDER_THAN_PAGE = `[...document.querySelectorAll('svg, table, img, p, pre, dd')]
  .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((element) => element.closest('figure, section').textContent.trim().slice(0, 80))`

/** Texts of one drawing that lie on each other by more than a pixel. */
const OVERPRINTS = `[...document.querySelectorAll('svg[role=img]')].flatMap((svg) => {
  const texts = [...svg.querySelectorAll('text')].filter((text) => text.textContent.trim() !== '')
  const boxes = texts.map((text) => text.getBoundingClientRect())
  return texts.flatMap((text, at) => texts.slice(at + 1).flatMap((other, after) => {
    const [a, b] = [boxes[at], boxes[at + 1 + after]]
    const width = Math.min(a.right, b.right) - Math.max(a.left, b.left)
    const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
    return width > 1 && height > 1 ? [text.textContent + ' on ' + other.textContent] : []
  }))
})`
const HIDDEN_TABLES =
  "[...document.querySelectorAll('details table')].filter((table) => !table.checkVisibility()).length"

const CHROMIUM = '/usr/bin/chromium'
const playwright = await import('playwright-core').catch(() => undefined)
const absent = playwright === undefined ? 'playwright-core' : existsSync(CHROMIUM) ? undefined : 'chromium'

/** More than fit below a chart, and longer. */
const MANY_LEVELS = [10000, 5000, 2500.25, 1000, 333.333, 100, 60, 25, 12, 5, 3, 1.66667, 0.333333]

/** Where PUREGALAXY_SCREENSHOTS names a folder, pictures of the page stay there to be looked at. */
const kept = process.env.PUREGALAXY_SCREENSHOTS

describe.skipIf(absent)(
  `the page in a browser${absent ? ` (skipped: ${absent} is not installed)` : ''}`,
  () => {
    let folder: string
    let browser: Browser
    const files: Record<string, string> = {}

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'puregalaxy-page-'))
      const pages = { index: {}, hostile: { names: HOSTILE_NAMES }, levels: { levels: MANY_LEVELS } }
      for (const [name, options] of Object.entries(pages)) {
        files[name] = join(folder, `${name}.html`)
        await writeFile(files[name], reportHtml(await sampleReport(options)))
      }
      browser = await playwright!.chromium.launch({
        executablePath: CHROMIUM,
        args: [
          ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
          ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
        ],
      })
    })

    afterAll(async () => {
      await browser?.close()
      await rm(folder, { recursive: true, force: true })
    })

    /** Opens a page from disk with the network cut; gives what it complained of and asked for besides. */
    async function open(name: string, width: number, colorScheme: 'light' | 'dark') {
      const context = await browser.newContext({
        viewport: { width, height: 900 },
        colorScheme,
        offline: true,
      })
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('console', (message) => complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('dialog', (dialog) => complaints.push(dialog.message()))
      page.on('request', (request) => {
        if (request.url() !== pathToFileURL(files[name]!).href && !request.url().startsWith('data:'))
          complaints.push(request.url())
      })
      await page.goto(pathToFileURL(files[name]!).href)
      return { page, complaints, close: () => context.close() }
    }

    for (const name of ['index', 'hostile'])
      for (const width of [1280, 400])
        for (const scheme of ['light', 'dark'] as const)
          it(`${name} at ${width} pixels, ${scheme}: no complaints, no requests, no sideways scrolling, contrast of 4.5`, async () => {
            const { page, complaints, close } = await open(name, width, scheme)
            await page.screenshot({
              path: join(kept ?? folder, `${name}-${width}-${scheme}.png`),
              fullPage: true,
            })
            await inPage(page, OPEN_ALL)
            expect(complaints).toEqual([])
            expect(await inPage(page, OVERFLOW)).toBe(0)
            const worst = await inPage<{ ratio: number; text: string; checked: number }>(page, LEAST_CONTRAST)
            expect(worst.checked).toBeGreaterThan(500)
            expect(worst.ratio, worst.text).toBeGreaterThanOrEqual(4.5)
            await close()
          })

    it.each([
      ['index', 1280],
      ['index', 400],
      ['levels', 1280],
      ['levels', 400],
    ] as const)('prints no label of a figure on another: %s at %i pixels', async (name, width) => {
      const { page, close } = await open(name, width, 'light')
      expect(await inPage(page, OVERPRINTS)).toEqual([])
      await close()
    })

    it('gives figures, pictures, tables and regions names that assistive software can read', async () => {
      const { page, close } = await open('index', 1280, 'light')
      for (const role of ['img', 'table', 'region'] as const) {
        const all = await page.getByRole(role).count()
        const named = await page.getByRole(role, { name: /\S{3}/ }).count()
        expect(all).toBeGreaterThan(5)
        expect(named).toBe(all)
      }
      const levels = await page
        .getByRole('heading')
        .evaluateAll((all) => all.map(({ tagName }) => Number(tagName[1])))
      expect(levels.filter((level) => level === 1)).toHaveLength(1)
      for (const [at, level] of levels.entries())
        if (at > 0) expect(level).toBeLessThanOrEqual(levels[at - 1]! + 1)
      for (const landmark of ['banner', 'navigation', 'main', 'contentinfo'] as const)
        expect(await page.getByRole(landmark).count()).toBe(1)
      await close()
    })

    it('prints nothing wider than the sheet', async () => {
      const { page, close } = await open('index', 1280, 'dark')
      await page.pdf({ path: join(kept ?? folder, 'print.pdf'), format: 'A4' })
      // A4 between its margins of 14 mm, at 96 pixels an inch.
      await page.setViewportSize({ width: 688, height: 900 })
      expect(await inPage(page, HIDDEN_TABLES)).toBeGreaterThan(5)
      await page.emulateMedia({ media: 'print' })
      // What is closed on the screen is printed.
      expect(await inPage(page, HIDDEN_TABLES)).toBe(0)
      expect(await inPage(page, WIDER_THAN_PAGE)).toEqual([])
      expect(await inPage(page, 'getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)')
      await close()
    })
  },
)
