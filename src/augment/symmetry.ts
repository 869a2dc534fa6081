/**
 * The eight symmetries of the square (the dihedral group D4): a galaxy has no up, no down and no preferred hand on the
 * sky. Numbered by three bits: 4 transposes, then 2 mirrors top to bottom, then 1 mirrors left to right. 0 is the
 * identity; 4 and more swap height and width.
 */
export const SYMMETRIES = 8

/**
 * Writes a picture as one of the symmetries shows it.
 *
 * @param source height × width × 3, row-major
 * @param out as many bytes, another array; for symmetries 4 to 7 it is width × height × 3
 * @param symmetry 0 to 7
 */
export function applySymmetry(
  source: Uint8Array,
  out: Uint8Array,
  height: number,
  width: number,
  symmetry: number,
): void {
  const transposed = (symmetry & 4) !== 0
  const outHeight = transposed ? width : height
  const outWidth = transposed ? height : width
  // Steps through the source when the output goes one row down or one column to the right.
  let rowStep = (transposed ? 1 : width) * 3
  let columnStep = (transposed ? width : 1) * 3
  let start = 0
  if (symmetry & 2) {
    start += (outHeight - 1) * rowStep
    rowStep = -rowStep
  }
  if (symmetry & 1) {
    start += (outWidth - 1) * columnStep
    columnStep = -columnStep
  }
  let at = 0
  for (let y = 0; y < outHeight; y++, start += rowStep) {
    for (let x = 0, from = start; x < outWidth; x++, from += columnStep, at += 3) {
      out[at] = source[from]!
      out[at + 1] = source[from + 1]!
      out[at + 2] = source[from + 2]!
    }
  }
}
