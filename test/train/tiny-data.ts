import { join } from 'node:path'
import { writeGalaxy10 } from '../../src/io/index.ts'
import { RandomStream } from '../../src/random/index.ts'

/** Width and height of the pictures. */
export const SIDE = 12

/**
 * Writes a data set that a network can learn in a few steps: the class (0 to 9) sets the brightness of a noisy picture.
 * Every fifth label is partial (the class or its neighbour), the last picture has none.
 *
 * @returns the path
 */
export async function writeTinyData(folder: string, count: number, name = 'tiny.h5'): Promise<string> {
  const path = join(folder, name)
  const stream = new RandomStream(7)
  const size = SIDE * SIDE * 3
  const images = new Uint8Array(count * size)
  const labels: number[] = []
  const allowed: number[] = []
  for (let index = 0; index < count; index++) {
    const label = index % 10
    for (let i = 0; i < size; i++) images[index * size + i] = 20 + 20 * label + stream.integer(20)
    const partial = index % 5 === 3
    const unknown = index === count - 1
    labels.push(partial || unknown ? -1 : label)
    allowed.push(unknown ? 0 : partial ? (1 << label) | (1 << ((label + 1) % 10)) : 1 << label)
  }
  await writeGalaxy10({ path, size: [SIDE, SIDE], batches: [{ images, labels, allowed }] })
  return path
}
