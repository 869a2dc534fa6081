import type { RandomStream } from '../random/index.ts'
import { SYMMETRIES } from './symmetry.ts'

/** Where a picture goes without a pixel being computed anew: shifted within its frame, then shown by a symmetry. */
export interface Move {
  /** Pixels, of either sign; what comes in from outside the frame is 0. */
  readonly down: number
  readonly right: number
  /** 0 to 7, as `applySymmetry` numbers them. */
  readonly symmetry: number
}

export interface MoveOptions {
  /** Pixels of zeros around the picture before a random crop to its own size (CIFAR: 4); 0 for none. */
  readonly padAndCrop: number
  /** One of two mirror images in x, or of the eight symmetries of the square (four, where a picture is not square). */
  readonly symmetry: 'none' | 'flip' | 'square'
}

/** Numbers of a move as a tensor's row: down, right, mirrored top to bottom, mirrored left to right, transposed. */
export const MOVE_FIGURES = 5

export function drawMove(options: MoveOptions, height: number, width: number, stream: RandomStream): Move {
  const { padAndCrop, symmetry } = options
  const offset = () => (padAndCrop > 0 ? stream.integer(2 * padAndCrop + 1) - padAndCrop : 0)
  const down = offset()
  const right = offset()
  // Those below 4 keep the sides of a rectangle.
  const choices = symmetry === 'flip' ? 2 : height === width ? SYMMETRIES : 4
  return { down, right, symmetry: symmetry === 'none' ? 0 : stream.integer(choices) }
}

/** A move as {@link MOVE_FIGURES} numbers. */
export const moveFigures = ({ down, right, symmetry }: Move): number[] => [
  down,
  right,
  (symmetry >> 1) & 1,
  symmetry & 1,
  symmetry >> 2,
]
