import { describe, expect, it } from 'vitest'
import { type AugmentationOptions, createAugmentation, type PictureShape } from '../../src/augment/index.ts'
import { RandomStream } from '../../src/random/index.ts'

const none: AugmentationOptions = { redraw: 0, resizedCrop: null, padAndCrop: 0, symmetry: 'none' }
const everything: AugmentationOptions = { redraw: 0.5, resizedCrop: 0.3, padAndCrop: 3, symmetry: 'square' }
const shape: PictureShape = [6, 24, 24, 3]
const length = 24 * 24 * 3

/** Noisy dark pictures with a bright middle. */
function pictures(): Uint8Array {
  const stream = new RandomStream(9)
  return Uint8Array.from({ length: 6 * length }, (_, index) => {
    const pixel = Math.floor((index % length) / 3)
    const radius = Math.hypot(Math.floor(pixel / 24) - 12, (pixel % 24) - 12)
    return Math.min(255, 200 * Math.exp(-radius / 4) + 6 * stream.uniform())
  })
}

const indices = [40, 3, 77, 0, 5, 12]

describe('an augmentation', () => {
  it('that does nothing returns the pictures', () => {
    expect(createAugmentation(none, 1).apply(pictures(), shape, 0, indices)).toEqual(pictures())
  })

  it('gives a picture the same whatever batch it is in', () => {
    const whole = createAugmentation(everything, 1).apply(pictures(), shape, 4, indices)
    const augmentation = createAugmentation(everything, 1)
    for (const position of [5, 0, 3]) {
      const one = pictures().slice(position * length, (position + 1) * length)
      augmentation.apply(one, [1, 24, 24, 3], 4, [indices[position]!])
      expect(one).toEqual(whole.slice(position * length, (position + 1) * length))
    }
  })

  it('changes with seed and epoch', () => {
    const apply = (seed: number, epoch: number) =>
      createAugmentation(everything, seed).apply(pictures(), shape, epoch, indices)
    expect(apply(1, 0)).toEqual(apply(1, 0))
    expect(apply(1, 0)).not.toEqual(apply(1, 1))
    expect(apply(1, 0)).not.toEqual(apply(2, 0))
  })

  it('writes elsewhere when told so, and leaves the originals', () => {
    const images = pictures()
    const out = new Uint8Array(images.length)
    expect(createAugmentation(everything, 1).apply(images, shape, 0, indices, out)).toBe(out)
    expect(images).toEqual(pictures())
    expect(out).toEqual(createAugmentation(everything, 1).apply(images, shape, 0, indices))
  })

  it('uses all eight symmetries of a square, about equally, and only four of a rectangle', () => {
    const square = Uint8Array.from({ length: 12 }, (_, index) => index)
    const rectangle = Uint8Array.from({ length: 18 }, (_, index) => index)
    const views = (images: Uint8Array, pictureShape: PictureShape) => {
      const augmentation = createAugmentation({ ...none, symmetry: 'square' }, 1)
      const counts = new Map<string, number>()
      for (let index = 0; index < 1600; index++) {
        const view = augmentation.apply(images.slice(), pictureShape, 0, [index]).join()
        counts.set(view, (counts.get(view) ?? 0) + 1)
      }
      return counts
    }
    const counts = views(square, [1, 2, 2, 3])
    expect(counts.size).toBe(8)
    for (const count of counts.values()) expect(count).toBeGreaterThan(140)
    expect(views(rectangle, [1, 2, 3, 3]).size).toBe(4)
  })

  it('takes pictures of any size, one pixel included', () => {
    const redrawn = { ...everything, redraw: 1 }
    for (const [height, width] of [
      [1, 1],
      [1, 7],
      [2, 3],
      [5, 2],
      [13, 40],
    ] as const) {
      const images = new Uint8Array(2 * height * width * 3).fill(9)
      const out = createAugmentation(redrawn, 1).apply(images, [2, height, width, 3], 0, [0, 1])
      expect(out).toHaveLength(images.length)
    }
  })

  it.each([
    [{ ...none, redraw: 1.5 }, /redraw is 1.5/],
    [{ ...none, resizedCrop: 0 }, /resizedCrop is 0/],
    [{ ...none, padAndCrop: 0.5 }, /padAndCrop is 0.5/],
    [{ ...none, symmetry: 'd4' as 'none' }, /symmetry is "d4"/],
  ])('refuses %j', (options, message) => {
    expect(() => createAugmentation(options, 1)).toThrow(message)
  })

  it('refuses pictures that do not fill the shape', () => {
    expect(() => createAugmentation(none, 1).apply(new Uint8Array(5), shape, 0, indices)).toThrow(
      /there are 5 bytes/,
    )
  })
})
