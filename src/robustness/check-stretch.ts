import { PureGalaxyError } from '../errors.ts'
import type { ImageDataset } from '../io/types.ts'
import type { NoiseProtocol } from '../noise/index.ts'
import { describeLook, stretchLook } from '../train/stretch-look.ts'
import { judgedPictures } from './judged-pictures.ts'

export interface StretchOptions {
  readonly protocols: readonly NoiseProtocol[]
  /** Which pictures; default all. */
  readonly indices?: ArrayLike<number> | undefined
  /** Whether a person asked for exposure noise on whatever pictures these are. */
  readonly illustration?: boolean | undefined
}

/**
 * Sees to it that exposure noise is drawn on pictures whose stretch can be undone, those of the Legacy Surveys.
 *
 * @param dataset at the size that pictures are stored in
 * @returns whether the noise is an illustration: asked for on pictures that have another look
 * @throws PureGalaxyError `robustness.stretch` where they have, and nobody asked
 */
export async function checkStretch(dataset: ImageDataset, options: StretchOptions): Promise<boolean> {
  if (!options.protocols.some(({ name }) => name === 'exposure')) return false
  const { rows } = judgedPictures(dataset, options.indices)
  const look = await stretchLook(dataset, rows)
  if (look.accepted) return false
  if (options.illustration) return true
  throw new PureGalaxyError(
    'robustness.stretch',
    `${dataset.path}: ${describeLook(look)} Use --protocol counts, or --illustration for noise that measures nothing.`,
  )
}
