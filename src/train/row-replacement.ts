import { greater, reshape, scalar, where } from '@tensorflow/tfjs-core'
import type { DeviceBuffer, Engine, Program } from '../engine/types.ts'

/** Puts pictures of the host in the place of some in a batch on the device; compiled when it is first needed. */
export interface RowReplacement {
  /**
   * @param batch uint8 [n, height, width, 3]; disposed of
   * @param pictures one after the other
   * @param rows theirs in the batch
   */
  run(batch: DeviceBuffer, pictures: Uint8Array, rows: readonly number[]): Promise<DeviceBuffer>
  dispose(): Promise<void>
}

/** @param shape of the batch: n, height, width, channels */
export function rowReplacement(engine: Engine, shape: readonly [number, number, number, 3]): RowReplacement {
  const [n, height, width, channels] = shape
  const size = height * width * channels
  const batches = { shape, dtype: 'uint8' } as const
  const mask = { shape: [n], dtype: 'uint8' } as const
  let program: Promise<Program> | undefined
  const compile = () =>
    engine.compile(
      ([batch, given, replaced]) => {
        const here = greater(reshape(replaced!, [n, 1, 1, 1]), scalar(0, 'int32'))
        return [where(here, given!, batch!)]
      },
      [batches, batches, mask],
      { outputTypes: ['uint8'] },
    )
  return {
    async run(batch, pictures, rows) {
      const data = new Uint8Array(n * size)
      const replaced = new Uint8Array(n)
      for (const [at, row] of rows.entries()) {
        data.set(pictures.subarray(at * size, (at + 1) * size), row * size)
        replaced[row] = 1
      }
      try {
        program ??= compile()
        const given = [batch, { ...batches, data }, { ...mask, data: replaced }]
        const [result] = await (await program).run(given)
        return result!
      } finally {
        batch.dispose()
      }
    },
    async dispose() {
      // Whoever ran it has been told why it could not be compiled.
      const compiled = await program?.catch(() => undefined)
      compiled?.dispose()
    },
  }
}
