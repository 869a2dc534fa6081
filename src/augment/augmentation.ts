import { PureGalaxyError } from '../errors.ts'
import { RandomStream } from '../random/index.ts'
import { drawCrop, resizeCrop, shift } from './crop.ts'
import { drawMove, MOVE_FIGURES, type MoveOptions, moveFigures } from './moves.ts'
import { type NoiseAugmentation, type TrainingNoise, trainingNoise } from './noise.ts'
import { redraw } from './redraw.ts'
import { applySymmetry } from './symmetry.ts'

/** What happens to training pictures, in this order: redrawing, resized crop, noise, moves. */
export interface AugmentationOptions extends MoveOptions {
  /** Fraction of the pictures that are redrawn as another survey would show them, 0 to 1. */
  readonly redraw: number
  /** Random resized crop: smallest fraction of the area, above 0, at most 1 (ImageNet: 0.08); null for none. */
  readonly resizedCrop: number | null
  /**
   * Null, or left out: none. It is drawn on the pixels as the training reads them and the steps before have made them,
   * at the size that the model sees; symmetries, and the frame of a crop, do not change them any more.
   */
  readonly noise?: NoiseAugmentation | null
}

/** Shape of a batch of pictures: number, height, width, channels. */
export type PictureShape = readonly [n: number, height: number, width: number, channels: 3]

export interface Augmentation {
  /**
   * Augments a batch.
   *
   * What happens to a picture depends on the seed, the epoch and its index in the data set alone, so batches may be cut
   * in any way and a resumed run sees what an unbroken one would have.
   *
   * @param images uint8, n × height × width × 3
   * @param epoch from 0
   * @param indices of the n pictures in their data set
   * @param out where to write; default: in place
   * @returns `out`
   * @throws `augment.shape` where lengths do not fit
   */
  apply(
    images: Uint8Array,
    shape: PictureShape,
    epoch: number,
    indices: ArrayLike<number>,
    out?: Uint8Array,
  ): Uint8Array

  /** The noise that `apply` draws before it moves pictures; null for none. */
  readonly noise: TrainingNoise | null

  /**
   * How `apply` would move these pictures, for `movePictures` to do it elsewhere, after the noise; null where pictures
   * are redrawn or resized, which is done here alone.
   *
   * @returns int32, n × {@link MOVE_FIGURES}
   */
  readonly moves:
    | ((height: number, width: number, epoch: number, indices: ArrayLike<number>) => Int32Array)
    | null
}

/** Keeps these random numbers apart from others that begin with the same seed. */
const PURPOSE = 0xa06

function check(options: AugmentationOptions): void {
  const { redraw, resizedCrop, padAndCrop, symmetry, noise } = options
  const wrong = !(redraw >= 0 && redraw <= 1)
    ? `redraw is ${redraw}; expected a fraction from 0 to 1`
    : resizedCrop !== null && !(resizedCrop > 0 && resizedCrop <= 1)
      ? `resizedCrop is ${resizedCrop}; expected a fraction above 0 and at most 1, or null`
      : !Number.isInteger(padAndCrop) || padAndCrop < 0
        ? `padAndCrop is ${padAndCrop}; expected a number of pixels, 0 or more`
        : !['none', 'flip', 'square'].includes(symmetry)
          ? `symmetry is ${JSON.stringify(symmetry)}; expected none, flip or square`
          : noise && !(noise.probability > 0 && noise.probability <= 1)
            ? `noise has the probability ${noise.probability}; expected a number above 0 and at most 1`
            : undefined
  if (wrong !== undefined) throw new PureGalaxyError('augment.options', `The augmentation's ${wrong}.`)
}

/**
 * Makes an augmentation.
 *
 * @param seed 0 to 2⁵³ − 1
 * @throws `augment.options` naming the option that is out of range; `noise.protocol`, `noise.level`
 * @example
 * const augmentation = createAugmentation({ redraw: 0, resizedCrop: null, padAndCrop: 4, symmetry: 'flip' }, 1)
 * augmentation.apply(pictures, [128, 32, 32, 3], epoch, indices)
 */
export function createAugmentation(options: AugmentationOptions, seed: number): Augmentation {
  check(options)
  const { redraw: redrawn, resizedCrop, padAndCrop, symmetry } = options
  const noise = options.noise ? trainingNoise(options.noise, seed) : null
  let scratch: readonly [Float32Array, Float32Array] = [new Float32Array(0), new Float32Array(0)]
  let source = new Uint8Array(0)
  let target = new Uint8Array(0)
  const streamOf = (epoch: number, index: number) => new RandomStream(seed, PURPOSE, epoch, index)

  /** Augments the picture in `source`; each step writes to `target`, then the two change places. */
  const augmentPicture = (height: number, width: number, epoch: number, index: number) => {
    const stream = streamOf(epoch, index)
    const turn = () => {
      const held = source
      source = target
      target = held
    }
    if (redrawn > 0 && stream.uniform() < redrawn) {
      redraw(source, target, height, width, stream, scratch)
      turn()
    }
    if (resizedCrop !== null) {
      const box = drawCrop(height, width, resizedCrop, stream)
      resizeCrop(source, target, height, width, box, scratch[0])
      turn()
    }
    const dose = noise?.dose(epoch, index)
    if (noise && dose) {
      const batch = { pictures: source, height, width, indices: [index], out: target }
      noise.protocol.apply(batch, dose.level, dose.seed)
      turn()
    }
    const move = drawMove(options, height, width, stream)
    if (padAndCrop > 0) {
      shift(source, target, height, width, move.down, move.right)
      turn()
    }
    if (symmetry !== 'none') {
      applySymmetry(source, target, height, width, move.symmetry)
      turn()
    }
  }

  return {
    apply(images, shape, epoch, indices, out = images) {
      const [n, height, width] = shape
      const length = height * width * 3
      if (images.length !== n * length || out.length !== images.length || indices.length !== n) {
        throw new PureGalaxyError(
          'augment.shape',
          `Pictures of shape [${shape}] have ${n * length} bytes and ${n} indices; there are ${images.length} bytes, ` +
            `${indices.length} indices and room for ${out.length}.`,
        )
      }
      if (source.length !== length) {
        source = new Uint8Array(length)
        target = new Uint8Array(length)
        scratch = [new Float32Array(length), new Float32Array(length)]
      }
      for (let picture = 0; picture < n; picture++) {
        source.set(images.subarray(picture * length, (picture + 1) * length))
        augmentPicture(height, width, epoch, indices[picture]!)
        out.set(source, picture * length)
      }
      return out
    },
    noise,
    moves:
      redrawn > 0 || resizedCrop !== null
        ? null
        : (height, width, epoch, indices) => {
            const figures = new Int32Array(indices.length * MOVE_FIGURES)
            for (let picture = 0; picture < indices.length; picture++) {
              const move = drawMove(options, height, width, streamOf(epoch, indices[picture]!))
              figures.set(moveFigures(move), picture * MOVE_FIGURES)
            }
            return figures
          },
  }
}
