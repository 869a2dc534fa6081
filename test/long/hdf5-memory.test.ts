import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CompiledSource, outputOf } from '../io/child-process.ts'

const compiled = new CompiledSource()
let folder = ''
beforeAll(async () => {
  await compiled.compile()
  folder = await mkdtemp(join(tmpdir(), 'puregalaxy-long-'))
})
afterAll(async () => {
  await compiled.remove()
  await rm(folder, { recursive: true, force: true })
})

const COUNT = 1_200
const MIB = 1024 * 1024

/** Runs a script in a process of its own, and returns what it printed as JSON. */
async function run(script: string): Promise<Record<string, number>> {
  return JSON.parse(await outputOf(await compiled.start(script, join(folder, 'galaxies.h5')))) as Record<
    string,
    number
  >
}

it('holds 1,200 pictures in chunks as Galaxy10 stores them: below 1 GiB while caching, 500 MB while reading', async () => {
  await run(`
    import { Hdf5Writer } from './io/hdf5/hdf5-writer.js'
    const file = process.argv[2]
    const writer = await Hdf5Writer.create(file, file)
    writer.createImages(256, 256, [555, 16, 16, 1])
    for (let first = 0; first < ${COUNT}; first += 400) {
      const images = new Uint8Array(400 * 256 * 256 * 3)
      for (let i = 0; i < images.length; i++) images[i] = (first + Math.floor(i / 196608) + ((i * 2654435761) >>> 28)) % 256
      writer.appendImages(images, 256, 256)
    }
    writer.writeNumbers('ans', new Uint8Array(${COUNT}))
    writer.close()
    console.log('{}')`)
  const script = `
    import { openDataset } from './io/index.js'
    const dataset = await openDataset(process.argv[2])
    const out = new Uint8Array(128 * 196608)
    let wrong = 0
    for (let turn = 0; turn < 20; turn++) {
      const indices = Array.from({ length: 128 }, (_, k) => (turn * 613 + k * 389) % ${COUNT})
      await dataset.read(indices, out)
      indices.forEach((index, k) => {
        const at = k * 196608 + 77
        const i = (index % 400) * 196608 + 77
        if (out[at] !== (index + ((i * 2654435761) >>> 28)) % 256) wrong++
      })
    }
    await dataset.close()
    console.log(JSON.stringify({ wrong, peak: process.resourceUsage().maxRSS * 1024 }))`
  const caching = await run(script)
  expect(caching.wrong).toBe(0)
  expect(caching.peak).toBeLessThan(1024 * MIB)
  const reading = await run(script)
  expect(reading.wrong).toBe(0)
  expect(reading.peak).toBeLessThan(500e6)
}, 300_000)
