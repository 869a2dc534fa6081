import { slice, type Tensor } from '@tensorflow/tfjs-core'
import type { HostTensor, TensorSpec } from '../engine/types.ts'
import type { ProtocolName } from '../noise/index.ts'
import { type PictureKey, pictureKey } from '../noise/picture-key.ts'
import type { DosedPicture } from './noise-program.ts'

/** What names the random numbers of each picture of a batch, as tensors int32 [n, 1]. */
export type BatchKey = Readonly<Record<keyof PictureKey, Tensor>>

/** The words of a key, in the order of a tensor's row. */
const WORDS = ['picture', 'level', 'seed', 'purpose'] as const satisfies readonly (keyof PictureKey)[]

export function batchKeySpec(batchSize: number): TensorSpec {
  return { shape: [batchSize, WORDS.length], dtype: 'int32' }
}

/** Zeros for pictures without noise. */
export function batchKeyTensor(
  protocol: ProtocolName,
  pictures: readonly Pick<DosedPicture, 'index' | 'dose'>[],
  batchSize: number,
): HostTensor {
  const data = new Int32Array(batchSize * WORDS.length)
  for (const [row, { index, dose }] of pictures.entries()) {
    if (dose === null) continue
    const key = pictureKey(protocol, index, dose.level, dose.seed)
    data.set(
      WORDS.map((word) => key[word]),
      row * WORDS.length,
    )
  }
  return { ...batchKeySpec(batchSize), data }
}

/** @param rows of `batchKeyTensor` */
export function batchKey(rows: Tensor): BatchKey {
  const [n] = rows.shape as [number]
  const [picture, level, seed, purpose] = WORDS.map((_, at) => slice(rows, [0, at], [n, 1])) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ]
  return { picture, level, seed, purpose }
}
