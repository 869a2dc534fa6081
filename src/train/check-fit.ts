import { PureGalaxyError } from '../errors.ts'
import type { ImageDataset } from '../io/types.ts'
import type { TrainedModel } from './trained-model.ts'

/**
 * Refuses data that a model cannot be judged on, before any work starts.
 *
 * @throws PureGalaxyError `train.classes` where the classes differ, `train.size` where pictures are not of the model's size
 */
export function checkFit(trained: TrainedModel, dataset: ImageDataset): void {
  const { slugs } = trained.metadata.classes
  const found = dataset.classes.slugs
  if (slugs.length !== found.length || slugs.some((slug, k) => slug !== found[k]))
    throw new PureGalaxyError(
      'train.classes',
      `${trained.name} knows ${slugs.length} classes (${abridged(slugs)}), but ${dataset.path} has ${found.length} (${abridged(found)}). ` +
        'Judge the model on data with the classes that it was trained on, in the same order.',
    )
  const [height, width] = trained.config.inputSize
  if (dataset.height !== height || dataset.width !== width)
    throw new PureGalaxyError(
      'train.size',
      `${trained.name} takes pictures of ${height}×${width} pixels, but ${dataset.path} was opened at ${dataset.height}×${dataset.width}. ` +
        `Open it with the size [${height}, ${width}].`,
    )
}

function abridged(slugs: readonly string[]): string {
  return slugs.length <= 10 ? slugs.join(', ') : `${slugs.slice(0, 3).join(', ')} … ${slugs.at(-1)}`
}
