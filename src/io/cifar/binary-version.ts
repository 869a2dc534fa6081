import { PureGalaxyError } from '../../errors.ts'
import { CIFAR10, CIFAR10_SIZE, type Cifar10Batch, type Cifar10Subset } from './cifar10-classes.ts'

/** The files of the binary version that each part consists of. */
export const BINARY_FILES: Readonly<Record<Cifar10Subset, readonly string[]>> = {
  train: [1, 2, 3, 4, 5].map((k) => `data_batch_${k}.bin`),
  test: ['test_batch.bin'],
}

/** The file that names the classes of the binary version. */
export const BINARY_CLASSES = 'batches.meta.txt'

const PLANE = CIFAR10_SIZE * CIFAR10_SIZE
const RECORD_BYTES = 1 + 3 * PLANE

/**
 * Decodes a file of the binary version: records of one byte class and three planes (red, green, blue) of 32 × 32 bytes.
 *
 * @throws PureGalaxyError `io.cifar.truncated` where the file is not whole records, `io.cifar.label` for a class above 9
 */
export function decodeBinaryBatch(file: Uint8Array, name: string): Cifar10Batch {
  const count = file.length / RECORD_BYTES
  if (count === 0 || !Number.isInteger(count)) {
    throw new PureGalaxyError(
      'io.cifar.truncated',
      `${name}: ${file.length} bytes are not whole records of ${RECORD_BYTES} bytes. The file is truncated, or not CIFAR-10's binary version; fetch it again.`,
    )
  }
  const pixels = new Uint8Array(count * 3 * PLANE)
  const labels = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    const record = file.subarray(i * RECORD_BYTES, (i + 1) * RECORD_BYTES)
    const label = record[0]!
    if (label >= CIFAR10.names.length) {
      throw new PureGalaxyError(
        'io.cifar.label',
        `${name}: record ${i} has the class ${label}, and 0 to 9 were expected. The file is damaged, or not CIFAR-10's binary version.`,
      )
    }
    labels[i] = label
    const picture = pixels.subarray(i * 3 * PLANE, (i + 1) * 3 * PLANE)
    for (let p = 0; p < PLANE; p++) {
      picture[3 * p] = record[1 + p]!
      picture[3 * p + 1] = record[1 + PLANE + p]!
      picture[3 * p + 2] = record[1 + 2 * PLANE + p]!
    }
  }
  return { pixels, labels }
}

/**
 * Compares the class names beside the data with CIFAR-10's.
 *
 * @throws PureGalaxyError `io.cifar.classes`
 */
export function checkBinaryClasses(file: Uint8Array, name: string): void {
  const found = Buffer.from(file).toString().split(/\r?\n/).filter(Boolean)
  if (found.join() === CIFAR10.names.join()) return
  throw new PureGalaxyError(
    'io.cifar.classes',
    `${name} names the classes ${found.slice(0, 12).join(', ')}; CIFAR-10's ten were expected, ${CIFAR10.names.join(', ')}.`,
  )
}
