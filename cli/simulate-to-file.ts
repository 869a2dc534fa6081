import type { Galaxy10Batch } from '../src/io/index.ts'
import type { SimulatedGalaxy } from '../src/simulate/index.ts'

interface SimulateToFileOptions {
  readonly count: number
  readonly size: number
  readonly seed: number
  readonly out: string
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/** Bytes of pictures that are handed to the writer at once. */
const BATCH_BYTES = 4 * 1024 * 1024

/**
 * Draws galaxies into an HDF5 file of Galaxy10's layout.
 *
 * @throws PureGalaxyError those of `simulateGalaxies` and `writeGalaxy10`
 */
export async function simulateToFile(options: SimulateToFileOptions): Promise<void> {
  const { count, size, seed, out, onProgress, signal } = options
  const { simulateGalaxies } = await import('../src/simulate/index.ts')
  const { writeGalaxy10 } = await import('../src/io/index.ts')
  const galaxies = simulateGalaxies({ count, size, seed, onProgress, signal })
  const perBatch = Math.max(1, Math.floor(BATCH_BYTES / (size * size * 3)))
  const ids = (first: number, length: number) =>
    Array.from({ length }, (_, offset) => `sim-${seed}-${first + offset}`)
  await writeGalaxy10({
    path: out,
    size: [size, size],
    batches: batches(galaxies, perBatch, ids),
    count,
    signal,
  })
}

/** Gathers galaxies into batches of the writer's form. */
async function* batches(
  galaxies: AsyncIterable<SimulatedGalaxy>,
  perBatch: number,
  ids: (first: number, length: number) => string[],
): AsyncGenerator<Galaxy10Batch, void, undefined> {
  let taken: SimulatedGalaxy[] = []
  let first = 0
  const flush = (): Galaxy10Batch => {
    const bytes = taken[0]!.picture.length
    const images = new Uint8Array(taken.length * bytes)
    taken.forEach(({ picture }, index) => {
      images.set(picture, index * bytes)
    })
    const batch = {
      images,
      labels: taken.map(({ label }) => label),
      ids: ids(first, taken.length),
      ra: taken.map(({ ra }) => ra),
      dec: taken.map(({ dec }) => dec),
      redshift: taken.map(({ redshift }) => redshift),
      pxscale: taken.map(({ pixelScale }) => pixelScale),
    }
    first += taken.length
    taken = []
    return batch
  }
  for await (const galaxy of galaxies) {
    taken.push(galaxy)
    if (taken.length === perBatch) yield flush()
  }
  if (taken.length > 0) yield flush()
}
