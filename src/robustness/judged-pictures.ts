import { PureGalaxyError } from '../errors.ts'
import type { ImageDataset } from '../io/types.ts'
import { sortByLabel, targetMasks } from '../train/targets.ts'

/** The pictures that a report judges: those with an exact label first, then those with one that admits several classes. */
export interface JudgedPictures {
  /** Rows in the data set, exact then partial. */
  readonly rows: readonly number[]
  /** Of the exact ones. */
  readonly labels: Int32Array
  /** Of the partial ones: 1 where the class is admitted; rows × classes. */
  readonly masks: Uint8Array
  readonly classes: number
  /** How many were left out. */
  readonly unlabelled: number
}

/**
 * Chooses the pictures that can be judged.
 *
 * @param indices default: all
 * @throws PureGalaxyError `robustness.no-labels` without an exact label, `robustness.one-class` where all have the same
 */
export function judgedPictures(dataset: ImageDataset, indices?: ArrayLike<number>): JudgedPictures {
  const { exact, partial, unlabelled } = sortByLabel(
    dataset,
    indices ?? Array.from({ length: dataset.length }, (_, index) => index),
  )
  if (exact.length === 0)
    throw new PureGalaxyError(
      'robustness.no-labels',
      `${dataset.path}: none of the chosen pictures has an exact label, which accuracy under noise needs. Use data with exact labels.`,
    )
  const labels = Int32Array.from(exact, (row) => dataset.labels[row]!)
  if (labels.every((label) => label === labels[0]))
    throw new PureGalaxyError(
      'robustness.one-class',
      `${dataset.path}: all ${exact.length} chosen pictures with an exact label are of the class ` +
        `"${dataset.classes.names[labels[0]!]}", so that a model which always says so would never err. Use data with two classes or more.`,
    )
  return {
    rows: [...exact, ...partial],
    labels,
    masks: targetMasks(dataset, partial),
    classes: dataset.classes.slugs.length,
    unlabelled,
  }
}
