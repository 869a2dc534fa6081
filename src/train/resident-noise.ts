import type { TrainingNoise } from '../augment/index.ts'
import {
  type BatchFigures,
  type BatchShape,
  type NoiseProgram,
  openNoiseProgram,
} from '../device-noise/index.ts'

/** What noise adds to the program that prepares batches on a device, and what the host does for it. */
export interface ResidentNoise extends Pick<NoiseProgram, 'fn' | 'inputs' | 'tables'> {
  /** Is shown each training picture once, before the first batch. */
  look(picture: Uint8Array, index: number): void
  /** @param epoch from 0 */
  figures(indices: ArrayLike<number>, epoch: number): BatchFigures
}

const NONE: ResidentNoise = {
  fn: (pictures) => pictures,
  inputs: [],
  tables: () => [],
  look() {},
  figures: () => ({ inputs: [], onHost: [] }),
}

export function residentNoise(noise: TrainingNoise | null, shape: BatchShape): ResidentNoise {
  if (noise === null) return NONE
  const { fn, inputs, tables, measure, figures } = openNoiseProgram(noise.protocol, shape)
  const numbers = new Map<number, readonly number[]>()
  return {
    fn,
    inputs,
    tables,
    look(picture, index) {
      numbers.set(index, measure(picture).numbers)
    },
    figures: (indices, epoch) =>
      figures(
        Array.from(indices, (index) => ({
          index,
          numbers: numbers.get(index)!,
          // Training takes all pixels for native ones, on the host too.
          pixelScale: Number.NaN,
          dose: noise.dose(epoch, index),
        })),
      ),
  }
}
