import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseKeys } from '../../src/api/index.ts'
import { openCutouts, readWebPage } from '../../src/api/node/index.ts'
import { Classifier } from '../../src/classify/index.ts'
import { EXPOSURE_LEVELS, exposureProtocol } from '../../src/noise/index.ts'
import { simulateGalaxies } from '../../src/simulate/index.ts'
import { brightnessModel, pictureBody, rowsOf, serveApp, type TestServer } from '../api/api-server.ts'
import { serveEdge } from '../api/edge/edge-server.ts'
import { galaxyPictures } from '../api/galaxy-pictures.ts'
import { drawAsked, surveyServer } from '../api/survey-server.ts'
import { absent, chromium, inPage } from './browser.ts'
import { addFile, barsOf, dropOn, expectedBars, OVERFLOW, percent, settled } from './page.ts'

const LEAST_CONTRAST = readFileSync(
  join(import.meta.dirname, '../robustness/report/least-contrast.js'),
  'utf8',
)
const SIZE = 256

/** Where PUREGALAXY_SCREENSHOTS names a folder, pictures of the page stay there to be looked at. */
const kept = process.env.PUREGALAXY_SCREENSHOTS

/** Pixels of the canvas, RGB. */
async function canvasPixels(page: Page): Promise<Buffer> {
  const address = await inPage<string>(page, "document.getElementById('canvas').toDataURL()")
  return sharp(Buffer.from(address.split(',')[1]!, 'base64'))
    .removeAlpha()
    .raw()
    .toBuffer()
}

describe.skipIf(absent)(
  `the page in a browser${absent ? ` (skipped: ${absent} is not installed)` : ''}`,
  () => {
    const visit = chromium()
    let classifier: Classifier
    let server: TestServer
    /** A galaxy as the Legacy Surveys would show it, its pixels and a PNG of them. */
    let pixels: Uint8Array
    let galaxy: Buffer
    /** One whose sky is another's. */
    let foreign: Buffer

    beforeAll(async () => {
      classifier = await Classifier.open('small', { threads: 1 })
      const cutouts = openCutouts((await surveyServer(drawAsked)).base, { allowPrivate: true })
      server = await serveApp({ classifiers: [classifier], cutouts, page: await readWebPage() })
      for await (const { picture } of simulateGalaxies({ count: 1, size: SIZE, seed: 4 })) pixels = picture
      galaxy = await sharp(pixels, { raw: { width: SIZE, height: SIZE, channels: 3 } })
        .png()
        .toBuffer()
      foreign = (await galaxyPictures())['colour.jpg']!
      return () => classifier.dispose()
    })

    const give = (page: Page, buffer = galaxy, name = 'galaxy.png') =>
      page.getByLabel(/choose a file/).setInputFiles({ name, mimeType: '', buffer })

    /** The row of a picture, as the API answers it. */
    const rowOf = async (bytes: Buffer) =>
      (await rowsOf(await server.ask('/v1/classify', pictureBody(bytes))))[0]!

    it('says of a dropped picture what POST /v1/classify says of it', async () => {
      const { page, complaints, close } = await visit(server.url)
      await dropOn(page, addFile('galaxy.png', galaxy))
      await settled(page)
      const row = await rowOf(galaxy)
      expect(await barsOf(page)).toEqual(expectedBars(row, classifier.classes))
      const best = classifier.classes.names[classifier.classes.slugs.indexOf(row.class as string)]!
      expect(await page.locator('#said').textContent()).toContain(
        `Most probable: ${best} (${percent(row.confidence as number)})`,
      )
      const widths = await page
        .locator('.bar')
        .evaluateAll((all) => all.map(({ style }) => style.getPropertyValue('--share')))
      expect(Math.max(...widths.map(Number))).toBe(row.confidence)
      expect(await page.locator('#illustration').isVisible()).toBe(false)
      expect(complaints).toEqual([])
      await close()
    })

    it('takes one file at a time from those that are dropped, and says so of other things', async () => {
      const { page, complaints, close } = await visit(server.url)
      await page.locator('#card-content dl').waitFor()
      await dropOn(page, `${addFile('a.png', galaxy)}; ${addFile('b.png', galaxy)}`)
      await page.getByRole('alert').getByText('takes one picture at a time').waitFor()
      await dropOn(page, "transfer.setData('text/plain', 'a galaxy')")
      await page.getByRole('alert').getByText('is no file').waitFor()
      expect(page.url()).toBe(`${server.url}/`)
      expect(complaints).toEqual([])
      await close()
    })

    it('moves the answer with the slider: each level is the noise of docs/noise.md, and the whole exposure the picture itself', async () => {
      const { page, complaints, close } = await visit(server.url)
      await give(page)
      await settled(page)
      const clean = await barsOf(page)
      expect((await canvasPixels(page)).equals(pixels)).toBe(true)
      for (const [at, level] of EXPOSURE_LEVELS.entries()) {
        const out = new Uint8Array(pixels.length)
        exposureProtocol().apply({ pictures: pixels, height: SIZE, width: SIZE, indices: [0], out }, level, 1)
        await page.getByRole('slider').fill(String(at + 1))
        expect((await canvasPixels(page)).equals(out)).toBe(true)
        const noisy = await sharp(out, { raw: { width: SIZE, height: SIZE, channels: 3 } })
          .png()
          .toBuffer()
        expect(await barsOf(page)).toEqual(expectedBars(await rowOf(noisy), classifier.classes))
        expect(await page.locator('#moved').textContent()).toContain(
          `With 1/${2 ** (at + 1)} of the exposure time`,
        )
        expect(await page.locator('#trail [aria-current]').textContent()).toContain(`1/${2 ** (at + 1)}`)
      }
      expect(await barsOf(page)).not.toEqual(clean)
      await page.getByRole('slider').fill('0')
      expect(await barsOf(page)).toEqual(clean)
      expect((await canvasPixels(page)).equals(pixels)).toBe(true)

      await page.getByRole('slider').fill('5')
      const before = await canvasPixels(page)
      await page.getByRole('button', { name: 'Draw other noise' }).click()
      await settled(page)
      expect((await canvasPixels(page)).equals(before)).toBe(false)
      expect(complaints).toEqual([])
      await close()
    })

    it('calls noise an illustration on a picture with another sky, and says what that sky is', async () => {
      const { page, close } = await visit(server.url)
      await give(page, foreign, 'colour.jpg')
      await settled(page)
      expect(await page.locator('#illustration').textContent()).toMatch(
        /^An illustration, not a measurement.* grey of 32 ± 6; .* has \d+, \d+, \d+ in/,
      )
      await close()
    })

    it('classifies a picture that is too large for noise, and says why it draws none', async () => {
      const { page, close } = await visit(server.url)
      const large = await sharp(galaxy).resize(1100).png().toBuffer()
      await give(page, large)
      await page.getByText('too large for the slider').waitFor()
      expect(await barsOf(page)).toEqual(expectedBars(await rowOf(large), classifier.classes))
      expect(await page.getByRole('slider').isVisible()).toBe(false)
      await close()
    })

    it('fetches a position, and tells in words what is wrong with one', async () => {
      const { page, complaints, close } = await visit(server.url)
      await give(page)
      await settled(page)
      await page.getByLabel('Right ascension').fill('184,74')
      await page.getByLabel('Declination').fill('91')
      await page.getByLabel('Declination').press('Enter')
      await page.getByRole('alert').getByText('Declination is 91; expected from -90 to 90 degrees.').waitFor()
      await page.getByLabel('Declination').fill('−47.3')
      await page.getByRole('button', { name: 'Fetch and classify' }).click()
      await settled(page)
      expect(await page.getByRole('alert').textContent()).toBe('')
      expect(await page.locator('#caption').textContent()).toBe(
        'Right ascension 184.74°, declination -47.3°, 256 × 256 pixels',
      )
      expect(await page.getByLabel(/choose a file/).inputValue()).toBe('')
      const answer = await server.ask('/v1/classify', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ra: 184.74, dec: -47.3 }),
      })
      expect(await barsOf(page)).toEqual(expectedBars((await rowsOf(answer))[0]!, classifier.classes))
      expect(complaints).toEqual([])
      await close()
    })

    it('offers no positions where the server fetches none, and a choice of models where there are several', async () => {
      const models = [brightnessModel(), brightnessModel({ name: 'other' })]
      const plain = await serveApp({ classifiers: models, page: await readWebPage() })
      const { page, complaints, close } = await visit(plain.url)
      await page.getByRole('combobox', { name: 'Model' }).selectOption('other')
      await page.locator('#card-content').getByText('other', { exact: true }).waitFor()
      expect(await page.locator('#card-content').textContent()).toContain('Nothing is known here')
      expect(await page.getByLabel('Right ascension').isVisible()).toBe(false)
      const asked = page.waitForRequest(/model=other/)
      await give(page)
      await asked
      await settled(page)
      expect(complaints).toEqual([])
      await close()
    })

    it('tells the problems of the server, and those of a server that is gone', async () => {
      const own = await serveApp({ page: await readWebPage() })
      const { page, close } = await visit(own.url)
      await page.locator('#card-content dl').waitFor()
      await give(page, Buffer.from('no picture'))
      await page.getByRole('alert').getByText('Unsupported Media Type: ').waitFor()
      expect(await page.locator('#said').textContent()).toBe('There is no answer.')
      await give(page)
      await settled(page)
      expect(await page.getByRole('alert').textContent()).toBe('')
      await own.stop(0)
      await give(page)
      await page.getByRole('alert').getByText('The server does not answer.').waitFor()
      await close()
    })

    it('is done with the answer before the noise is, and takes the same file again', async () => {
      const { page, close } = await visit(server.url)
      let asked = 0
      // The noisy pictures wait for ever.
      await page.route('**/v1/classify*', (route) => (++asked === 1 ? route.continue() : undefined))
      await give(page)
      await page.locator('#bars').waitFor()
      await expect.poll(() => asked).toBe(2)
      expect(await page.locator('#answer').getAttribute('aria-busy')).toBeNull()
      const input = page.getByLabel(/choose a file/)
      expect(await input.inputValue()).not.toBe('')
      await Promise.all([page.waitForEvent('filechooser'), input.click()])
      expect(await input.inputValue()).toBe('')
      await close()
    })

    it('asks for a key where the server wants one, and keeps it nowhere but in memory', async () => {
      const hash = createHash('sha256').update('secret').digest('hex')
      const locked = await serveApp({ page: await readWebPage(), keys: parseKeys(`test ${hash}`) })
      const { page, close } = await visit(locked.url)
      const dialog = page.getByRole('dialog', { name: 'A key is needed' })
      await dialog.getByLabel('Key').fill('wrong')
      await page.keyboard.press('Enter')
      await dialog.getByText('The server has no such key.').waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('alert').getByText('A key is expected').waitFor()
      await give(page)
      await dialog.getByLabel('Key').fill('secret')
      await dialog.getByRole('button', { name: 'Use this key' }).click()
      await settled(page)
      expect(await page.getByRole('alert').textContent()).toBe('')
      expect(
        await inPage(
          page,
          '[document.cookie, sessionStorage.length, localStorage.length, key.value, location.href]',
        ),
      ).toEqual(['', 0, 0, '', `${locked.url}/`])
      await close()
    })

    it('works below a path of a proxy', async () => {
      const proxy = createServer((from, to) => {
        if (!from.url!.startsWith('/sky/galaxies/')) return void to.writeHead(404).end()
        const { port } = server
        const { method, headers } = from
        from.pipe(
          request({ port, method, headers, path: from.url!.slice('/sky/galaxies'.length) }, (answer) => {
            to.writeHead(answer.statusCode!, answer.headers)
            answer.pipe(to)
          }),
        )
      }).listen(0, '127.0.0.1')
      afterAll(() => proxy.close())
      await new Promise((resolve) => proxy.once('listening', resolve))
      const { port } = proxy.address() as AddressInfo
      const { page, complaints, close } = await visit(`http://127.0.0.1:${port}/sky/galaxies/`)
      await give(page)
      await settled(page)
      expect(complaints).toEqual([])
      await close()
      proxy.closeAllConnections()
    })

    it('works where a worker at the edge answers', async () => {
      const edge = await serveEdge()
      const { page, complaints, close } = await visit(edge.url.href)
      await give(page)
      await settled(page)
      const [row] = await rowsOf(await edge.ask('/v1/classify', pictureBody(galaxy)))
      expect(await barsOf(page)).toEqual(expectedBars(row!, classifier.classes))
      expect(await page.locator('#card').textContent()).toContain('genuine Galaxy10 DECaLS')
      expect(complaints).toEqual([])
      await close()
    })

    it('can be used by keyboard alone', async () => {
      const { page, complaints, close } = await visit(server.url)
      // Waited for early: playwright does not say when the browser has heard that its own dialog is to stay shut.
      const chooser = page.waitForEvent('filechooser')
      await page.locator('#card-content dl').waitFor()
      const focused = () =>
        inPage<string>(page, 'document.activeElement.id || document.activeElement.textContent')
      const outlined = () =>
        inPage<boolean>(page, `getComputedStyle(document.activeElement).outlineStyle !== 'none'`)
      const tab = async () => {
        await page.keyboard.press('Tab')
        expect(await outlined()).toBe(true)
        return focused()
      }
      expect(await tab()).toBe('file')
      await page.keyboard.press('Enter')
      await (await chooser).setFiles({ name: 'galaxy.png', mimeType: '', buffer: galaxy })
      await settled(page)
      expect(await focused()).toBe('file')
      expect([await tab(), await tab(), await tab(), await tab(), await tab()]).toEqual([
        ...['ra', 'dec', 'pixel-scale', 'Fetch and classify', 'exposure'],
      ])
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('ArrowRight')
      const slider = page.getByRole('slider', { name: 'Exposure time' })
      expect(await slider.getAttribute('aria-valuetext')).toBe('1/4, 0.75 mag shallower')
      expect(await page.getByRole('status').allTextContents()).toContainEqual(
        expect.stringContaining('With 1/4 of the exposure time'),
      )
      await page.keyboard.press('Home')
      expect(await slider.getAttribute('aria-valuetext')).toBe('all')
      expect(await tab()).toBe('redraw')
      expect(complaints).toEqual([])
      await close()
    })

    it('gives everything a name that assistive software can read, and headings without gaps', async () => {
      const { page, close } = await visit(server.url)
      await give(page)
      await settled(page)
      for (const [role, least] of [
        ...([
          ['button', 3],
          ['textbox', 3],
          ['slider', 1],
          ['img', 1],
          ['table', 2],
          ['region', 3],
          ['form', 1],
        ] as const),
      ]) {
        const all = await page.getByRole(role).count()
        expect(all, role).toBeGreaterThanOrEqual(least)
        expect(await page.getByRole(role, { name: /\S{3}/ }).count(), role).toBe(all)
      }
      expect(
        await page.getByRole('list', { name: 'Probability of each class' }).getByRole('listitem').count(),
      ).toBe(10)
      const levels = await page
        .getByRole('heading')
        .evaluateAll((all) => all.map(({ tagName }) => Number(tagName[1])))
      expect(levels.filter((level) => level === 1)).toHaveLength(1)
      for (const [at, level] of levels.entries())
        if (at > 0) expect(level).toBeLessThanOrEqual(levels[at - 1]! + 1)
      for (const landmark of ['banner', 'main'] as const)
        expect(await page.getByRole(landmark).count()).toBe(1)
      await close()
    })

    it('does not move bars for those who want no motion', async () => {
      for (const [reducedMotion, seconds] of [
        ['reduce', '0s'],
        ['no-preference', '0.25s'],
      ] as const) {
        const { page, close } = await visit(server.url, { reducedMotion })
        await give(page)
        await settled(page)
        expect(
          await inPage(
            page,
            `getComputedStyle(document.querySelector('.bar'), '::before').transitionDuration`,
          ),
        ).toBe(seconds)
        await close()
      }
    })

    for (const width of [1280, 400])
      for (const colorScheme of ['light', 'dark'] as const)
        it(`at ${width} pixels, ${colorScheme}: no sideways scrolling, contrast of 4.5, no complaints`, async () => {
          const { page, complaints, close } = await visit(server.url, {
            viewport: { width, height: 900 },
            colorScheme,
            reducedMotion: 'reduce',
          })
          await page.locator('#card-content dl').waitFor()
          const check = async (state: string, least: number) => {
            if (kept !== undefined)
              await page.screenshot({
                path: join(kept, `page-${state}-${width}-${colorScheme}.png`),
                fullPage: true,
              })
            expect(await inPage(page, OVERFLOW), state).toBe(0)
            const worst = await inPage<{ ratio: number; text: string; checked: number }>(page, LEAST_CONTRAST)
            expect(worst.checked).toBeGreaterThan(least)
            expect(worst.ratio, `${state}: ${worst.text}`).toBeGreaterThanOrEqual(4.5)
          }
          await check('empty', 30)
          await give(page, foreign, 'a-name-without-any-place-to-break-that-is-longer-than-a-line.jpg')
          await settled(page)
          await page.getByRole('slider').fill('4')
          await check('noisy', 100)
          expect(complaints).toEqual([])
          await page.getByLabel('Right ascension').fill('400')
          await page.getByLabel('Declination').fill('0')
          await page.getByLabel('Declination').press('Enter')
          await page.getByRole('alert').getByText('Right ascension is 400').waitFor()
          await check('problem', 100)
          await close()
        })
  },
)
