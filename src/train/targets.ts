import type { ImageDataset } from '../io/types.ts'
import type { ClassWeighting } from './options.ts'

/** What is known of the classes of pictures. */
export interface LabelledIndices {
  /** Pictures with an exact label. */
  readonly exact: number[]
  /** Pictures whose label admits several classes, but not all. */
  readonly partial: number[]
  /** How many have no label, or one that admits every class: of no use without others. */
  readonly unlabelled: number
}

/** Sorts pictures by what their labels say, keeping their order. */
export function sortByLabel(dataset: ImageDataset, indices: ArrayLike<number>): LabelledIndices {
  const exact: number[] = []
  const partial: number[] = []
  const every = 2 ** dataset.classes.slugs.length - 1
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!
    const mask = dataset.allowed?.[index] ?? 0
    if (dataset.labels[index]! >= 0) exact.push(index)
    else if (mask !== 0 && mask !== every) partial.push(index)
  }
  return { exact, partial, unlabelled: indices.length - exact.length - partial.length }
}

/** 1 where the label of a picture admits the class, else 0; rows × classes. An exact label admits one class. */
export function targetMasks(dataset: ImageDataset, indices: ArrayLike<number>): Uint8Array {
  const classes = dataset.classes.slugs.length
  const masks = new Uint8Array(indices.length * classes)
  for (let row = 0; row < indices.length; row++) {
    const label = dataset.labels[indices[row]!]!
    if (label >= 0) {
      masks[row * classes + label] = 1
      continue
    }
    const allowed = dataset.allowed?.[indices[row]!] ?? 0
    for (let k = 0; k < classes; k++) masks[row * classes + k] = (allowed >> k) & 1
  }
  return masks
}

/**
 * Weight of each class in the loss: count^−1 or count^−½, scaled so that the mean over the training pictures is 1. A
 * partial label counts in equal parts for the classes that it admits. A class that never occurs gets 1: it is never used.
 *
 * @param masks of the training pictures, rows × classes
 */
export function classWeights(masks: Uint8Array, classes: number, weighting: ClassWeighting): Float64Array {
  const weights = new Float64Array(classes).fill(1)
  if (weighting === 'none') return weights
  const counts = new Float64Array(classes)
  const rows = masks.length / classes
  for (let row = 0; row < rows; row++) {
    const mask = masks.subarray(row * classes, (row + 1) * classes)
    const admitted = mask.reduce((sum, bit) => sum + bit, 0)
    for (let k = 0; k < classes; k++) counts[k]! += mask[k]! / admitted
  }
  const power = weighting === 'inverse' ? -1 : -0.5
  let total = 0
  for (let k = 0; k < classes; k++) {
    if (counts[k] === 0) continue
    weights[k] = counts[k]! ** power
    total += counts[k]! * weights[k]!
  }
  return weights.map((weight, k) => (counts[k] === 0 ? 1 : (weight * rows) / total))
}

/** Weight of each picture in the loss: the mean of the weights of the classes that its label admits. */
export function rowWeights(masks: Uint8Array, weights: Float64Array): Float32Array {
  const classes = weights.length
  const out = new Float32Array(masks.length / classes)
  for (let row = 0; row < out.length; row++) {
    let sum = 0
    let admitted = 0
    for (let k = 0; k < classes; k++) {
      const bit = masks[row * classes + k]!
      sum += bit * weights[k]!
      admitted += bit
    }
    out[row] = admitted === 0 ? 0 : sum / admitted
  }
  return out
}
