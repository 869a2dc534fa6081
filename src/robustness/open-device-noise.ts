import { type BatchShape, openNoiseProgram } from '../device-noise/index.ts'
import type { DeviceBuffer, Engine } from '../engine/types.ts'
import { addTally, EMPTY_TALLY, type NoiseProtocol, type NoiseTally } from '../noise/index.ts'
import { tallyPictures } from '../noise/tally.ts'
import { disposeAll } from '../train/engine-run.ts'

export interface DeviceNoiseOptions extends BatchShape {
  /** Arcseconds per pixel of every picture of the data set, where known. */
  readonly pixelScales?: ArrayLike<number> | undefined
}

/** Noise drawn where an engine computes. */
export interface DeviceNoise {
  /**
   * A noisy copy of pictures, of the random numbers that `protocol.apply` would have drawn.
   *
   * @param pictures uint8, one after the other, at most a batch
   * @param indices theirs in the data set; an index names the same picture at every call
   * @returns uint8 [batch size, height, width, 3], whose first rows are the pictures, and belongs to the caller
   */
  draw(
    pictures: Uint8Array,
    indices: ArrayLike<number>,
    level: number,
    seed: number,
  ): Promise<{ noisy: DeviceBuffer; tally: NoiseTally }>
  dispose(): void
}

/** What is known of a picture, whatever noise it gets. */
interface Seen {
  readonly numbers: readonly number[]
  readonly tally: NoiseTally
}

/**
 * Compiles a protocol's noise for an engine: on an accelerator the host would take longer to draw it than the model to look
 * at it. The bytes are those of the host for `counts` and `additive`; `exposure` computes in single precision
 * (docs/noise.md).
 *
 * @throws PureGalaxyError what the engine throws: `engine.unsupported-operation` from `onnx`
 * @example
 * const noise = await openDeviceNoise(engine, protocol, { batchSize: 16, height: 256, width: 256 })
 * const { noisy, tally } = await noise.draw(pictures, indices, 1 / 4, seed)
 */
export async function openDeviceNoise(
  engine: Engine,
  protocol: NoiseProtocol,
  options: DeviceNoiseOptions,
): Promise<DeviceNoise> {
  const { batchSize, height, width, pixelScales } = options
  const noise = openNoiseProgram(protocol, options)
  const shape = [batchSize, height, width, 3]
  const program = await engine.compile(noise.fn, [{ shape, dtype: 'uint8' }, ...noise.inputs], {
    outputTypes: ['uint8'],
  })
  const tables = await Promise.all(noise.tables().map((table) => engine.upload(table)))
  const size = height * width * 3
  const known = new Map<number, Seen>()

  function seen(picture: Uint8Array, index: number): Seen {
    const before = known.get(index)
    if (before) return before
    const { numbers, emptyBorder } = noise.measure(picture)
    const tally = {
      ...tallyPictures({ pictures: picture, indices: [index] }),
      emptyBorders: Number(emptyBorder),
    }
    known.set(index, { numbers, tally })
    return { numbers, tally }
  }

  return {
    async draw(pictures, indices, level, seed) {
      const data = new Uint8Array(batchSize * size)
      data.set(pictures)
      const rows = Array.from(indices, (index, row) => {
        const picture = data.subarray(row * size, (row + 1) * size)
        const pixelScale = pixelScales?.[index] ?? Number.NaN
        return { index, picture, pixelScale, ...seen(picture, index) }
      })
      const { inputs, onHost } = noise.figures(rows.map((row) => ({ ...row, dose: { level, seed } })))
      for (const row of onHost) {
        const { index, picture, pixelScale } = rows[row]!
        const alone = {
          pictures: picture,
          height,
          width,
          indices: [index],
          pixelScales: [pixelScale],
          out: picture,
        }
        protocol.apply(alone, level, seed)
      }
      const [noisy] = await program.run([{ shape, dtype: 'uint8', data }, ...tables, ...inputs])
      return { noisy: noisy!, tally: rows.map(({ tally }) => tally).reduce(addTally, EMPTY_TALLY) }
    },
    dispose() {
      disposeAll(tables)
      program.dispose()
    },
  }
}
