/**
 * One step of the measurements of io.ts, in a process of its own, so that its peak of resident memory is its own. Prints
 * one JSON value.
 *
 *     node bench/build/io-steps.js write|cache|batches FILE COUNT
 */
import { createReadStream, readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Hdf5Writer } from '../src/io/hdf5/hdf5-writer.ts'
import { openDataset } from '../src/io/index.ts'
import { RandomStream } from '../src/random/index.ts'

/** Galaxy10 DECaLS: side of the pictures and extent of a chunk. */
const SIDE = 256
const CHUNKS = [555, 16, 16, 1] as const
const PICTURE_BYTES = SIDE * SIDE * 3
const BATCH = 128
const SEED = 1

const [step, file, count] = [process.argv[2], process.argv[3]!, Number(process.argv[4])]
if (step === 'write') await write()
else if (step === 'cache') await cache()
else await batches()

/** A file that is stored as Galaxy10 DECaLS is: noisy grey sky and a round galaxy, which gzip makes 1.5 times smaller. */
async function write(): Promise<void> {
  const random = new RandomStream(SEED)
  const noise = Float32Array.from({ length: 2 ** 20 }, () => 33 + 5 * random.normal())
  const writer = await Hdf5Writer.create(file, file)
  writer.createImages(SIDE, SIDE, CHUNKS)
  const slab = new Uint8ClampedArray(CHUNKS[0] * PICTURE_BYTES)
  for (let first = 0; first < count; first += CHUNKS[0]) {
    const rows = Math.min(CHUNKS[0], count - first)
    for (let row = 0; row < rows; row++) drawGalaxy(slab, row * PICTURE_BYTES, noise, random)
    writer.appendImages(new Uint8Array(slab.buffer, 0, rows * PICTURE_BYTES), SIDE, SIDE)
  }
  writer.writeNumbers(
    'ans',
    Uint8Array.from({ length: count }, (_, i) => i % 10),
  )
  writer.close()
  print({ count })
}

function drawGalaxy(out: Uint8ClampedArray, start: number, noise: Float32Array, random: RandomStream): void {
  const offset = random.integer(noise.length - PICTURE_BYTES)
  const radius = 4 + 20 * random.uniform()
  // Exponential profile by distance, tabulated.
  const profile = Float32Array.from({ length: SIDE }, (_, r) => 150 * Math.exp(-r / radius))
  for (let y = 0, at = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const light = profile[Math.round(Math.hypot(y - SIDE / 2, x - SIDE / 2))]!
      for (let c = 0; c < 3; c++, at++) out[start + at] = noise[offset + at]! + light
    }
  }
}

/** From the HDF5 file to a whole, verified cache. */
async function cache(): Promise<void> {
  const before = performance.now()
  const dataset = await openDataset(file)
  const seconds = (performance.now() - before) / 1000
  await dataset.close()
  print({ count, seconds, imagesPerSecond: count / seconds })
}

/** Random batches, pages warm: first while every picture's checksum is still checked, then when all have been. */
async function batches(): Promise<void> {
  const dataset = await openDataset(file)
  const name = (await readdir(dirname(file))).find(
    (one) => one.startsWith(`${basename(file)}.`) && one.endsWith('.pgcache'),
  )
  for await (const _ of createReadStream(join(dirname(file), name!), { highWaterMark: 2 ** 22 })) {
    // Into the system's page cache.
  }
  const random = new RandomStream(SEED)
  const out = new Uint8Array(BATCH * PICTURE_BYTES)
  const draw = () => Int32Array.from({ length: BATCH }, () => random.integer(count))
  const rate = async (turns: number) => {
    const drawn = Array.from({ length: turns }, draw)
    const before = performance.now()
    for (const indices of drawn) await dataset.read(indices, out)
    return (turns * BATCH) / ((performance.now() - before) / 1000)
  }
  const imagesPerSecondFirst = await rate(Math.ceil(count / BATCH / 8))
  for (let first = 0; first < count; first += BATCH) {
    await dataset.read(
      Int32Array.from({ length: Math.min(BATCH, count - first) }, (_, i) => first + i),
      out,
    )
  }
  const imagesPerSecond = await rate(200)
  await dataset.close()
  print({ count, imagesPerSecondFirst, imagesPerSecond })
}

function print(result: object): void {
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6
  console.log(JSON.stringify({ ...result, cpuSeconds, peakResidentMiB: peakResidentMiB() }))
}

/** Linux counts in `maxRSS` what the parent held when it forked; VmHWM begins with the program. */
function peakResidentMiB(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return Number(kilobytes) / 1024
}
