import type { Samples } from './resample.ts'

/** Whether a picture of that EXIF orientation lies on its side. */
export const turnsSideways = (orientation: number): boolean => orientation >= 5

/** Orientations whose first row is the last of the upright picture's rows (or columns, where it lies on its side). */
const ROWS_BACKWARDS = new Set([3, 4, 6, 7])

const COLUMNS_BACKWARDS = new Set([2, 3, 7, 8])

/** Which sides of a picture of that EXIF orientation run the other way once it stands upright. */
export const runsBackwards = (
  orientation: number,
): { readonly rows: boolean; readonly columns: boolean } => ({
  rows: ROWS_BACKWARDS.has(orientation),
  columns: COLUMNS_BACKWARDS.has(orientation),
})

/**
 * Turns and mirrors a picture so that it stands upright.
 *
 * @param orientation EXIF's number, 1 to 8
 */
export function turn(samples: Samples, orientation: number): Samples {
  if (orientation === 1) return samples
  const { data, channels } = samples
  const sideways = turnsSideways(orientation)
  const [height, width] = sideways ? [samples.width, samples.height] : [samples.height, samples.width]
  const backwards = runsBackwards(orientation)
  const out = data.slice()
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [line, place] = sideways ? [x, y] : [y, x]
      const row = backwards.rows ? samples.height - 1 - line : line
      const column = backwards.columns ? samples.width - 1 - place : place
      const from = (row * samples.width + column) * channels
      for (let channel = 0; channel < channels; channel++) out[to++] = data[from + channel]!
    }
  }
  return { data: out, height, width, channels }
}
