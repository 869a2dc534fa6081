import type { RandomStream } from '../random/index.ts'
import { type Box, resample } from './resample.ts'

/**
 * Moves a picture within its frame, as cropping it from a border of zeros does: the CIFAR recipe.
 *
 * @param source height × width × 3
 * @param out the same size, another array
 * @param down,right pixels by which it moves, of either sign
 */
export function shift(
  source: Uint8Array,
  out: Uint8Array,
  height: number,
  width: number,
  down: number,
  right: number,
): void {
  out.fill(0)
  const columns = width - Math.abs(right)
  if (columns <= 0) return
  const from = Math.max(0, -right)
  const to = Math.max(0, right)
  for (let y = Math.max(0, down); y < Math.min(height, height + down); y++) {
    const start = ((y - down) * width + from) * 3
    out.set(source.subarray(start, start + columns * 3), (y * width + to) * 3)
  }
}

/** Aspect ratios (width over height) of random crops, as ImageNet networks are trained (Szegedy et al. 2015). */
const NARROWEST = 3 / 4
const WIDEST = 4 / 3
const ATTEMPTS = 10

/**
 * Draws the crop of the ImageNet recipe: an area from `smallest` to 1 of the picture's, a ratio of sides from 3/4 to 4/3
 * (uniform in its logarithm), anywhere inside. After ten that do not fit, the largest central crop of a ratio allowed.
 *
 * @param smallest fraction of the area, above 0, at most 1
 */
export function drawCrop(height: number, width: number, smallest: number, stream: RandomStream): Box {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const area = height * width * (smallest + (1 - smallest) * stream.uniform())
    const ratio = NARROWEST * (WIDEST / NARROWEST) ** stream.uniform()
    const cropWidth = Math.max(1, Math.round(Math.sqrt(area * ratio)))
    const cropHeight = Math.max(1, Math.round(Math.sqrt(area / ratio)))
    if (cropWidth <= width && cropHeight <= height) {
      const top = stream.integer(height - cropHeight + 1)
      return { top, left: stream.integer(width - cropWidth + 1), height: cropHeight, width: cropWidth }
    }
  }
  const ratio = Math.min(WIDEST, Math.max(NARROWEST, width / height))
  const cropHeight = Math.max(1, Math.min(height, Math.round(width / ratio)))
  const cropWidth = Math.max(1, Math.min(width, Math.round(height * ratio)))
  const top = Math.floor((height - cropHeight) / 2)
  return { top, left: Math.floor((width - cropWidth) / 2), height: cropHeight, width: cropWidth }
}

/**
 * Enlarges a box of a picture to the whole frame.
 * @param scratch at least as long as the picture
 */
export function resizeCrop(
  source: Uint8Array,
  out: Uint8Array,
  height: number,
  width: number,
  box: Box,
  scratch: Float32Array,
): void {
  resample(source, height, width, box, scratch, height, width)
  // Weights are positive and sum to 1, so no value leaves 0 to 255.
  for (let index = 0; index < out.length; index++) out[index] = scratch[index]! + 0.5
}
