import { type BatchShape, type Measured, openNoiseProgram } from '../device-noise/index.ts'
import type { DeviceBuffer, Engine, HostTensor, TensorSpec } from '../engine/types.ts'
import { addTally, EMPTY_TALLY, type NoiseProtocol, type NoiseTally } from '../noise/index.ts'
import { pictureKey } from '../noise/picture-key.ts'
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
  const { fn, inputs, measure, tables, figures } = openNoiseProgram(protocol.name, options)
  const shape = [batchSize, height, width, 3]
  const specs: TensorSpec[] = [
    { shape, dtype: 'uint8' },
    { shape: [batchSize], dtype: 'int32' },
    { shape: [3], dtype: 'int32' },
    ...inputs,
  ]
  const program = await engine.compile(fn, specs, { outputTypes: ['uint8'] })
  const size = height * width * 3
  const known = new Map<number, Measured>()
  let placed: { readonly level: number; readonly tables: readonly DeviceBuffer[] } | undefined

  function measured(picture: Uint8Array, index: number): Measured {
    const figures = known.get(index) ?? measure(picture)
    known.set(index, figures)
    return figures
  }

  /** Levels come one after the other: the tables of one are kept. */
  async function placedTables(level: number): Promise<readonly DeviceBuffer[]> {
    if (placed?.level === level) return placed.tables
    disposeAll(placed?.tables ?? [])
    placed = undefined
    placed = { level, tables: await Promise.all(tables(level).map((table) => engine.upload(table))) }
    return placed.tables
  }

  return {
    async draw(pictures, indices, level, seed) {
      const data = new Uint8Array(batchSize * size)
      data.set(pictures)
      const rows = Array.from(indices, (index, row) => {
        const picture = data.subarray(row * size, (row + 1) * size)
        return {
          index,
          picture,
          measured: measured(picture, index),
          pixelScale: pixelScales?.[index] ?? Number.NaN,
        }
      })
      const batch = figures(
        rows.map(({ measured: { numbers }, pixelScale }) => ({ numbers, pixelScale })),
        level,
      )
      for (const row of batch.onHost) {
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
      const { level: bits, purpose } = pictureKey(protocol.name, 0, level, seed)
      const names = new Int32Array(batchSize)
      names.set(indices)
      const given: HostTensor[] = [
        { shape, dtype: 'uint8', data },
        { shape: [batchSize], dtype: 'int32', data: names },
        { shape: [3], dtype: 'int32', data: Int32Array.of(bits, seed, purpose) },
      ]
      const [noisy] = await program.run([...given, ...(await placedTables(level)), ...batch.inputs])
      const tally = rows.reduce((sum, { measured }) => addTally(sum, measured.tally), EMPTY_TALLY)
      return { noisy: noisy!, tally }
    },
    dispose() {
      disposeAll(placed?.tables ?? [])
      program.dispose()
    },
  }
}
