import { openProtocol, PROTOCOLS } from '../src/noise/index.ts'
import { GalaxySimulator } from '../src/simulate/index.ts'
import { type Summary, summarise } from './statistics.ts'

/** Pictures a second of one protocol at one level, on one thread. */
export interface NoiseRow {
  readonly work: string
  readonly imagesPerSecond: Summary
  /** The fastest repetition: what a machine without other work reaches. */
  readonly best: number
  /** Least images per second of the best. */
  readonly floor: number
}

const SIDE = 256
const PICTURES = 16
/** A hundred pictures a second on two cores; what models wait for it, `measureWaiting` says. */
const FLOOR = 100

/** Makes simulated pictures of 256 px worse, at the mildest and the worst usual level of each protocol. */
export function measureNoise(seconds: number): NoiseRow[] {
  const simulator = new GalaxySimulator({ seed: 1, size: SIDE })
  const size = 3 * SIDE * SIDE
  const pictures = new Uint8Array(PICTURES * size)
  for (let row = 0; row < PICTURES; row++) pictures.set(simulator.draw(row).picture, row * size)
  const out = new Uint8Array(pictures.length)
  const indices = Array.from({ length: PICTURES }, (_, row) => row)
  return Object.keys(PROTOCOLS).flatMap((name) => {
    const protocol = openProtocol(name)
    return [protocol.levels[0]!, protocol.levels.at(-1)!].map((level) => {
      const rates: number[] = []
      const apply = () => protocol.apply({ pictures, height: SIDE, width: SIDE, indices, out }, level, 1)
      // Once for tables and the compiler.
      apply()
      const end = performance.now() + 1000 * seconds
      while (performance.now() < end) {
        const start = performance.now()
        apply()
        rates.push((1000 * PICTURES) / (performance.now() - start))
      }
      return {
        work: `noise ${name} at ${level}, ${SIDE} px, one thread`,
        imagesPerSecond: summarise(rates),
        best: Math.max(...rates),
        floor: FLOOR,
      }
    })
  })
}
