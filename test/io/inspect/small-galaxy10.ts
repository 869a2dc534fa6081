import { writeGalaxy10 } from '../../../src/io/hdf5/index.ts'

/** Rows of the file that `writeSmallGalaxy10` writes. */
export const ROWS = 30
export const SIZE = 16

/** A class to every row in turn, then partial labels, then nothing known. */
const LABELS = Array.from({ length: ROWS }, (_, row) => (row < 20 ? row % 10 : -1))
const ALLOWED = LABELS.map((label, row) => (label >= 0 ? 1 << label : row < 26 ? 0b11100 : 0))

/** A small file in Galaxy10's layout: flat pictures whose red is eight times the row; rows 0 and 10 at one place. */
export async function writeSmallGalaxy10(path: string): Promise<void> {
  const images = new Uint8Array(ROWS * SIZE * SIZE * 3)
  for (let at = 0; at < images.length; at += 3) images[at] = Math.floor(at / (SIZE * SIZE * 3)) * 8
  const ra = Array.from({ length: ROWS }, (_, row) => (row === 10 ? 0 : row * 10))
  const dec = Array.from({ length: ROWS }, (_, row) => (row === 10 ? 20 : row + 20))
  ra[29] = Number.NaN
  dec[29] = Number.NaN
  await writeGalaxy10({
    path,
    size: [SIZE, SIZE],
    batches: [
      {
        images,
        labels: LABELS,
        allowed: ALLOWED,
        ids: LABELS.map((_, row) => `g${row}`),
        ra,
        dec,
        redshift: LABELS.map((_, row) => (row < 5 ? Number.NaN : row / 100)),
      },
    ],
  })
}
