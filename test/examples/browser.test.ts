import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { decodeUpload } from '../../src/api/node/index.ts'
import { Classifier } from '../../src/classify/index.ts'
import { simulateGalaxies } from '../../src/simulate/index.ts'
import { galaxyPictures } from '../api/galaxy-pictures.ts'
import { realData } from '../data.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'
import { absent, chromium, inPage, type Visit } from '../web/browser.ts'
import { addFile, dropOn, OVERFLOW, percent, settled } from '../web/page.ts'
import { type StaticHost, serveFiles } from './static-host.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** Where PUREGALAXY_SCREENSHOTS names a folder, pictures of the page stay there to be looked at. */
const kept = process.env.PUREGALAXY_SCREENSHOTS

/** A host that nobody trusts more than others, and a path that is not its root. */
const HOST = 'galaxies.test'
const PATH = '/some/where/'

/** The example as `npm install` would have it, with its site made by its own script. */
function buildSite(): string {
  const folder = temporaryFolder()
  cpSync(join(ROOT, 'examples/browser'), folder, {
    recursive: true,
    filter: (path) => !/[\\/](node_modules|site)$/.test(path),
  })
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(ROOT, join(folder, 'node_modules/puregalaxy'), 'junction')
  const { status, stderr } = spawnSync(process.execPath, ['build.js'], { cwd: folder, encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  return join(folder, 'site')
}

describe('examples/browser', () => {
  it('says what to do where puregalaxy is not installed, and makes no site', () => {
    const folder = temporaryFolder()
    cpSync(join(ROOT, 'examples/browser/build.js'), join(folder, 'build.js'))
    const { status, stderr } = spawnSync(process.execPath, ['build.js'], { cwd: folder, encoding: 'utf8' })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^Cannot find module 'puregalaxy\/package\.json'\n.*\(npm install\)/)
    expect(readdirSync(folder)).toEqual(['build.js'])
  })
})

describe.skipIf(absent)(
  `the site of examples/browser${absent ? ` (skipped: ${absent} is not installed)` : ''}`,
  () => {
    const open = chromium(HOST)
    let site: string
    let host: StaticHost
    let classifier: Classifier
    let galaxy: Buffer

    const visit = (to = host, options?: Parameters<typeof open>[1]): Promise<Visit> =>
      open(`http://${HOST}:${to.port}${PATH}`, options)
    const give = (page: Page, buffer = galaxy, name = 'galaxy.png') =>
      page.getByLabel(/choose a file/).setInputFiles({ name, mimeType: '', buffer })
    const loaded = (page: Page) => page.locator('#card-content dl').waitFor()
    const answered = (page: Page) => page.locator('#said').filter({ hasText: 'Most probable' }).waitFor()

    beforeAll(async () => {
      site = buildSite()
      host = await serveFiles(site, PATH)
      classifier = await Classifier.open('small', { threads: 1 })
      for await (const { picture } of simulateGalaxies({ count: 1, size: 256, seed: 4 }))
        galaxy = await sharp(picture, { raw: { width: 256, height: 256, channels: 3 } })
          .png()
          .toBuffer()
      await onNode(galaxy)
      return () => classifier.dispose()
    })

    /** Probabilities by class name, as Node has them. */
    async function onNode(bytes: Buffer): Promise<Record<string, number>> {
      const pixels = await decodeUpload(bytes, { size: [64, 64], maxPixels: 25e6, name: 'picture' })
      const [prediction] = await classifier.predict(pixels)
      return Object.fromEntries(
        classifier.classes.names.map((name, at) => [name, prediction!.probabilities[at]!]),
      )
    }

    /** And as the page has them, without rounding. */
    async function inThePage(page: Page): Promise<Record<string, number>> {
      const rows = await inPage<[string, string][]>(
        page,
        "[...bars.children].map(({ children: [name, bar] }) => [name.textContent, bar.style.getPropertyValue('--share')])",
      )
      return Object.fromEntries(rows.map(([name, share]) => [name, Number(share)]))
    }

    /** Class and probabilities of a picture are those of Node. */
    async function compare(page: Page, bytes: Buffer, name: string, tolerance = 1e-4): Promise<void> {
      await page.evaluate("document.getElementById('said').textContent = ''")
      await give(page, bytes, name)
      await answered(page)
      const [expected, found] = [await onNode(bytes), await inThePage(page)]
      expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort())
      for (const [each, probability] of Object.entries(expected))
        expect(Math.abs(found[each]! - probability), `${name}: ${each}`).toBeLessThan(tolerance)
      const [best, most] = Object.entries(expected).toSorted(([, a], [, b]) => b - a)[0]!
      expect(await page.locator('#said').textContent()).toContain(`Most probable: ${best} (${percent(most)})`)
    }

    it('classifies every kind of picture as Node does, asks nobody but its host, and only for its own files', async () => {
      host.asked.length = 0
      const { page, complaints, close } = await visit()
      await loaded(page)
      const pictures = await galaxyPictures()
      for (const name of ['colour.jpg', 'turned.jpg', '16-bit.png', 'alpha.png', 'colour.webp', 'alpha.webp'])
        await compare(page, pictures[name]!, name)
      await compare(page, galaxy, 'galaxy.png')
      await settled(page)
      expect(complaints).toEqual([])
      expect(host.asked.toSorted()).toEqual([
        ...['decoders.wasm', 'edge.js', 'index.html', 'open-page.js', 'page.css', 'page.js'],
        ...['small.card.json', 'small.safetensors', 'tensorflow.wasm', 'worker.js'],
      ])
      await close()
    })

    const folder = realData('galaxies', 'test')
    it.skipIf(!folder)(
      'classifies real galaxies as Node does, as WebP, JPEG and PNG (skipped where data/galaxies is absent)',
      async () => {
        const { page, complaints, close } = await visit()
        await loaded(page)
        for (const name of readdirSync(folder!).sort().slice(0, 5)) {
          const webp = readFileSync(join(folder!, name))
          await compare(page, webp, name)
          await compare(page, await sharp(webp).jpeg({ quality: 92 }).toBuffer(), `${name}.jpg`)
          await compare(page, await sharp(webp).png().toBuffer(), `${name}.png`)
        }
        expect(complaints).toEqual([])
        await close()
      },
    )

    it('takes a dropped picture, and moves its answer with the slider', async () => {
      const { page, complaints, close } = await visit()
      await loaded(page)
      await dropOn(page, addFile('galaxy.png', galaxy))
      await settled(page)
      const clean = await inThePage(page)
      await page.getByRole('slider').fill('5')
      expect(await page.locator('#moved').textContent()).toContain('With 1/32 of the exposure time')
      expect(await inThePage(page)).not.toEqual(clean)
      expect(complaints).toEqual([])
      await close()
    })

    it('shows the whole card of the model, and no field for positions, which nobody here could fetch', async () => {
      const { page, close } = await visit()
      await loaded(page)
      const card = (await page.locator('#card').textContent())!
      for (const text of [
        ...['small-1', 'pure20, 272\u202f483 parameters', 'genuine Galaxy10 DECaLS', '56.6\u00a0%'],
        ...['It has no class for stars, artefacts or empty sky.', 'wasm'],
      ])
        expect(card).toContain(text)
      expect(await page.locator('#position').isVisible()).toBe(false)
      expect(await page.getByRole('banner').textContent()).toContain('the picture is sent nowhere')
      await close()
    })

    it('says in words what is wrong with a picture, and classifies the next', async () => {
      const { page, complaints, close } = await visit()
      await loaded(page)
      const { 'colour.jpg': jpeg, 'cmyk.jpg': cmyk } = await galaxyPictures()
      const large = sharp({ create: { width: 6000, height: 5000, channels: 3, background: '#000' } })
      for (const [name, bytes, words] of [
        ['notes.txt', Buffer.from('no picture'), /^Unsupported Media Type: picture is no JPEG, PNG or WebP/],
        ['empty.png', Buffer.alloc(0), /picture is empty/],
        ['cut.png', galaxy.subarray(0, 20_000), /truncated or damaged PNG/],
        ['cut.jpg', jpeg!.subarray(0, 600), /truncated or damaged JPEG/],
        ['print.jpg', cmyk!, /four colours of print \(CMYK\)/],
        ['large.png', await large.png().toBuffer(), /6000×5000 pixels, more than the limit of 25000000/],
      ] as const) {
        await give(page, bytes, name)
        await page.getByRole('alert').getByText(words).waitFor()
        expect(await page.locator('#said').textContent()).toBe('There is no answer.')
        expect(await page.locator('#bars').isVisible()).toBe(false)
      }
      await compare(page, galaxy, 'galaxy.png')
      expect(await page.getByRole('alert').textContent()).toBe('')
      expect(complaints).toEqual([])
      await close()
    })

    it('classifies a picture of 12 million pixels, three times what the edge takes', async () => {
      const { page, complaints, close } = await visit()
      const large = sharp(galaxy).resize(3500, 3500)
      // At this size 1 % of the samples of the JPEG are one grey level from Node's, and a probability 1.1e-4.
      await compare(page, await large.clone().jpeg({ progressive: true }).toBuffer(), 'large.jpg', 1e-3)
      await compare(page, await large.clone().png({ compressionLevel: 1 }).toBuffer(), 'large.png', 1e-3)
      expect(await page.locator('#caption').textContent()).toContain('too large for the slider of noise')
      expect(complaints).toEqual([])
      await close()
    })

    it('says in words when its files do not come, and loads them with the next picture', async () => {
      const own = await serveFiles(site, PATH)
      own.lost.add('small.safetensors')
      const { page, close } = await visit(own)
      const alert = page.getByRole('alert')
      await alert.getByText('could not be loaded: small.safetensors did not come (status 404)').waitFor()
      expect(await page.locator('#said').textContent()).toBe('There is no answer.')
      own.lost.clear()
      await compare(page, galaxy, 'galaxy.png')
      expect(await alert.textContent()).toBe('')
      await own.stop()
      await compare(page, galaxy, 'without-network.png')
      await close()
    })

    it('says in words when its classifier does not start', async () => {
      const own = await serveFiles(site, PATH)
      own.lost.add('edge.js')
      const { page, close } = await visit(own)
      await page.getByRole('alert').getByText('The classifier did not start.').waitFor()
      own.lost.clear()
      await compare(page, galaxy, 'galaxy.png')
      await close()
    })

    it('lets a picture wait that is given before the model is there', async () => {
      const own = await serveFiles(site, PATH)
      const { page, close } = await visit(own)
      await give(page)
      await settled(page)
      await close()
    })

    it('can be used by keyboard alone', async () => {
      const { page, complaints, close } = await visit()
      const chooser = page.waitForEvent('filechooser')
      await loaded(page)
      const tab = async () => {
        await page.keyboard.press('Tab')
        return inPage<string>(page, 'document.activeElement.id')
      }
      expect(await tab()).toBe('file')
      await page.keyboard.press('Enter')
      await (await chooser).setFiles({ name: 'galaxy.png', mimeType: '', buffer: galaxy })
      await settled(page)
      expect([await tab()]).toEqual(['exposure'])
      await page.keyboard.press('End')
      expect(await page.getByRole('status').allTextContents()).toContainEqual(
        expect.stringContaining('With 1/32 of the exposure time'),
      )
      expect(await tab()).toBe('redraw')
      expect(complaints).toEqual([])
      await close()
    })

    it.each([1280, 400])('at %i pixels does not scroll sideways', async (width) => {
      const { page, complaints, close } = await visit(host, { viewport: { width, height: 900 } })
      await loaded(page)
      const check = async (state: string) => {
        if (kept !== undefined)
          await page.screenshot({ path: join(kept, `example-${state}-${width}.png`), fullPage: true })
        expect(await inPage(page, OVERFLOW), state).toBe(0)
      }
      await check('empty')
      await give(
        page,
        (await galaxyPictures())['colour.jpg'],
        'a-name-without-any-place-to-break-that-is-longer-than-a-line.jpg',
      )
      await settled(page)
      await page.getByRole('slider').fill('3')
      await check('noisy')
      await give(page, galaxy.subarray(0, 20_000), 'cut.png')
      await page.getByRole('alert').getByText('damaged').waitFor()
      await check('problem')
      expect(complaints).toEqual([])
      await close()
    })

    it('tells how long a picture takes', async () => {
      const { page, close } = await visit()
      const started = performance.now()
      await loaded(page)
      const loading = performance.now() - started
      // A worker as the page has it, asked from outside of the page's code.
      const times = await inPage<number[]>(
        page,
        `(async () => {
          const worker = new Worker('worker.js', { type: 'module' })
          const body = new Blob([Uint8Array.from(atob('${galaxy.toString('base64')}'), (letter) => letter.charCodeAt(0))])
          const init = { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body }
          const times = []
          for (let id = 0; id < 40; id++) {
            const started = performance.now()
            const answer = new Promise((resolve) => { worker.onmessage = ({ data }) => resolve(data.status) })
            worker.postMessage({ id, address: 'v1/classify', init })
            if (await answer !== 200) throw new Error('no answer')
            times.push(performance.now() - started)
          }
          return times
        })()`,
      )
      const [first, ...others] = times
      const sorted = others.toSorted((a, b) => a - b)
      const text = (milliseconds: number) => `${milliseconds.toFixed(1)} ms`
      console.log(
        `PNG of 256 pixels: median ${text(sorted[sorted.length >> 1]!)}, least ${text(sorted[0]!)}; ` +
          `with loading, the first in ${text(first!)}; until the page is ready ${text(loading)}`,
      )
      await close()
    })
  },
)
