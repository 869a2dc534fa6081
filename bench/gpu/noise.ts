import { cast, sum } from '@tensorflow/tfjs-core'
import { type Engine, openEngine } from '../../src/engine/index.ts'
import { openProtocol, type ProtocolName } from '../../src/noise/index.ts'
import { openDeviceNoise } from '../../src/robustness/open-device-noise.ts'
import {
  galaxies,
  NOISE_TOLERANCES,
  type NoiseTolerance,
  noiseOnHost,
} from '../../test/robustness/noise-agreement.ts'
import { repeatFor, type Summary, summarise } from '../statistics.ts'

export interface NoiseOptions {
  /** Side of the pictures whose noise is timed, pixels. */
  readonly size: number
  readonly batch: number
  /** For each protocol, on the device and on the host. */
  readonly seconds: number
}

/** A usual level of each protocol. */
const LEVELS: Readonly<Record<ProtocolName, number>> = { counts: 12, additive: 0.7, exposure: 1 / 8 }
const SEED = 1

/** Pictures that are compared, and their side: some two hundred thousand values. */
const COMPARED = { count: 16, side: 64 } as const

interface Agreement {
  readonly equalShare: number
  /** Grey levels. */
  readonly largestDifference: number
  readonly tolerance: NoiseTolerance
}

/** Noise that the device draws beside that of the host, on simulated galaxies: how equal, and how many pictures per second. */
export async function noiseFigures({ size, batch, seconds }: NoiseOptions): Promise<object> {
  const engine = await openEngine('xla')
  const protocols: Record<string, object> = {}
  const failed: string[] = []
  for (const [name, level] of Object.entries(LEVELS) as [ProtocolName, number][]) {
    process.stderr.write(`${name}\n`)
    const agreement = await compare(engine, name, level)
    const { equalShare, largestDifference, tolerance } = agreement
    if (!(1 - equalShare <= tolerance.share && largestDifference <= tolerance.difference)) failed.push(name)
    const imagesPerSecond = await rates(engine, name, level, { size, batch, seconds })
    protocols[name] = { level, ...agreement, imagesPerSecond }
  }
  const { devices } = engine
  await engine.dispose()
  return { devices, compared: COMPARED, size, batch, failed, protocols }
}

async function compare(engine: Engine, name: ProtocolName, level: number): Promise<Agreement> {
  const { count, side } = COMPARED
  const protocol = openProtocol(name, [level])
  const shape = { height: side, width: side }
  const pictures = galaxies(side, count)
  const indices = Array.from({ length: count }, (_, row) => row)
  const noise = await openDeviceNoise(engine, protocol, { batchSize: count, ...shape })
  const { noisy } = await noise.draw(pictures, indices, level, SEED)
  const { data } = await noisy.read()
  noisy.dispose()
  noise.dispose()
  const { out } = noiseOnHost(protocol, pictures, shape, indices, [level, SEED])
  let [equal, largestDifference] = [0, 0]
  for (const [i, value] of out.entries()) {
    const difference = Math.abs(data[i]! - value)
    if (difference === 0) equal++
    largestDifference = Math.max(largestDifference, difference)
  }
  return { equalShare: equal / out.length, largestDifference, tolerance: NOISE_TOLERANCES[name] }
}

/** As `robustness` draws noise: on the device from pictures that the host holds, and there the noisy batch stays. */
async function rates(
  engine: Engine,
  name: ProtocolName,
  level: number,
  { size, batch, seconds }: NoiseOptions,
): Promise<{ onDevice: Summary; onHost: Summary }> {
  const protocol = openProtocol(name, [level])
  const shape = { height: size, width: size }
  const pictures = galaxies(size, batch)
  const indices = Array.from({ length: batch }, (_, row) => row)
  const noise = await openDeviceNoise(engine, protocol, { batchSize: batch, ...shape })
  const total = await engine.compile(
    ([noisy]) => [sum(cast(noisy!, 'float32'))],
    [{ shape: [batch, size, size, 3], dtype: 'uint8' }],
  )
  const onDevice = await rate(batch, seconds, async () => {
    const { noisy } = await noise.draw(pictures, indices, level, SEED)
    // Until it has been computed, a batch on the device is a promise.
    const [value] = await total.run([noisy])
    await value!.read()
    value!.dispose()
    noisy.dispose()
  })
  total.dispose()
  noise.dispose()
  const onHost = await rate(batch, seconds, async () => {
    noiseOnHost(protocol, pictures, shape, indices, [level, SEED])
  })
  return { onDevice, onHost }
}

async function rate(batch: number, seconds: number, once: () => Promise<void>): Promise<Summary> {
  // For tables and compilers.
  await once()
  return summarise((await repeatFor(seconds, once)).map((time) => batch / time))
}
