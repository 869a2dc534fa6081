import { describe, expect, it } from 'vitest'
import type { ImageDataset } from '../../src/io/types.ts'
import { classWeights, rowWeights, sortByLabel, targetMasks } from '../../src/train/targets.ts'

const CLASSES = ['a', 'b', 'c']

/** Labels without pictures: these functions read none. */
function labelled(labels: number[], allowed?: number[]): ImageDataset {
  return {
    path: 'labels',
    hash: '',
    length: labels.length,
    height: 1,
    width: 1,
    classes: { names: CLASSES, slugs: CLASSES },
    labels: Int32Array.from(labels),
    allowed: allowed && Uint16Array.from(allowed),
    ids: undefined,
    ra: undefined,
    dec: undefined,
    read: async () => {},
    close: async () => {},
  }
}

const DATA = labelled([2, -1, -1, 0, -1], [0b100, 0b011, 0, 0b001, 0b111])

describe('labels', () => {
  it('are exact, partial, or of no use when they admit nothing or everything', () => {
    expect(sortByLabel(DATA, [0, 1, 2, 3, 4])).toEqual({ exact: [0, 3], partial: [1], unlabelled: 2 })
    expect(sortByLabel(labelled([1, -1]), [1, 0])).toEqual({ exact: [0], partial: [], unlabelled: 1 })
  })

  it('become masks of the admitted classes', () => {
    expect([...targetMasks(DATA, [3, 1, 2])]).toEqual([1, 0, 0, 1, 1, 0, 0, 0, 0])
  })
})

describe('classWeights', () => {
  // Class 0 three times, class 1 once, class 2 never.
  const masks = Uint8Array.from([1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0])

  it('are 1 unless asked for', () => {
    expect([...classWeights(masks, 3, 'none')]).toEqual([1, 1, 1])
  })

  it('give each class that occurs the same sum, with a mean of 1 over the pictures', () => {
    const weights = classWeights(masks, 3, 'inverse')
    expect(weights[0]! * 3).toBeCloseTo(weights[1]!, 12)
    const perPicture = rowWeights(masks, weights)
    expect(perPicture.reduce((a, b) => a + b) / 4).toBeCloseTo(1, 6)
  })

  it('go with the root of the count when asked for half the way', () => {
    const weights = classWeights(masks, 3, 'inverse-sqrt')
    expect(weights[1]! / weights[0]!).toBeCloseTo(Math.sqrt(3), 12)
  })

  it('are averaged over the classes that a partial label admits; a row without label weighs nothing', () => {
    const rows = rowWeights(Uint8Array.from([1, 1, 0, 0, 0, 0]), Float64Array.of(2, 4, 8))
    expect([...rows]).toEqual([3, 0])
  })
})
