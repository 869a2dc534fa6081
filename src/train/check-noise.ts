import type { AugmentationOptions } from '../augment/index.ts'
import { PureGalaxyError } from '../errors.ts'
import type { ImageDataset } from '../io/types.ts'
import { describeLook, stretchLook } from './stretch-look.ts'

/**
 * Refuses exposure noise on training pictures whose stretch cannot be undone, as a test under it does. Pictures that are
 * redrawn get the look of the Legacy Surveys before the noise, and count as theirs.
 *
 * @param rows pictures to train on
 * @param dataset at the size that it is trained at
 * @throws PureGalaxyError `train.stretch`
 */
export async function checkTrainingNoise(
  dataset: ImageDataset,
  rows: ArrayLike<number>,
  { noise, redraw }: AugmentationOptions,
): Promise<void> {
  if (noise?.protocol !== 'exposure') return
  const look = await stretchLook(dataset, rows)
  if (look.share + (1 - look.share) * redraw >= look.requiredShare) return
  throw new PureGalaxyError(
    'train.stretch',
    `${dataset.path}: ${describeLook(look)} Use --noise counts, --redraw ${look.requiredShare} or more, which draws pictures anew as the survey would show them, ` +
      'or --any-stretch for noise that is none of an exposure.',
  )
}
