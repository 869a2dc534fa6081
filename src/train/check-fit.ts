import { PureGalaxyError } from '../errors.ts'
import type { ImageDataset } from '../io/types.ts'
import type { ClassScheme } from '../survey/galaxy10.ts'
import type { TrainedModel } from './trained-model.ts'

/**
 * Refuses data of other classes than the model's; `openDataset` tells the classes (`onClasses`) before it decodes pictures.
 *
 * @throws PureGalaxyError `train.classes`
 */
export function checkClasses(trained: TrainedModel, path: string, classes: ClassScheme): void {
  const { slugs } = trained.metadata.classes
  const found = classes.slugs
  if (slugs.length === found.length && slugs.every((slug, k) => slug === found[k])) return
  throw new PureGalaxyError(
    'train.classes',
    `${trained.name} knows ${slugs.length} classes (${abridged(slugs)}), but ${path} has ${found.length} (${abridged(found)}). ` +
      'Judge the model on data with the classes that it was trained on, in the same order.',
  )
}

/**
 * Refuses data that a model cannot be judged on, before any work starts.
 *
 * @throws PureGalaxyError `train.classes` where the classes differ, `train.size` where pictures are not of the model's size
 */
export function checkFit(trained: TrainedModel, dataset: ImageDataset): void {
  checkClasses(trained, dataset.path, dataset.classes)
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
