import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { writeGalaxy10 } from '../../../src/io/index.ts'
import { encodeSafetensors } from '../../../src/io/safetensors.ts'
import {
  createModel,
  encodeModelFile,
  type ModelConfig,
  resolveModelConfig,
} from '../../../src/model/index.ts'
import { GALAXY10_DECALS } from '../../../src/survey/galaxy10.ts'
import { picture } from '../../io/pictures/make-pictures.ts'

/** One kind of bad input: what is on the disk, what a person types, and what must come of it. */
export interface BadInput {
  readonly name: string
  /** Files of the case's own folder by name; `good/` holds good ones. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** What plain files cannot say: links, copies, folders. */
  readonly prepare?: (folder: string) => void | Promise<void>
  readonly args: readonly string[]
  /** Exit code; default 1. */
  readonly code?: 0 | 1 | 2 | 3
  /** What stderr must say: the thing by its name, and what is wrong with it. */
  readonly says: RegExp
  /** Files that the command may leave besides those of the case. */
  readonly makes?: readonly string[]
  /** What stands in one of them. */
  readonly holds?: readonly [file: string, text: string | RegExp]
}

/** Side of the good pictures and the good model's input, pixels. */
export const SIDE = 16

/** Copies one of the HDF5 files that h5py made. */
export const fixture = (name: string) => (folder: string) =>
  copyFileSync(resolve(import.meta.dirname, '../../fixtures/hdf5', name), join(folder, name))

/** Writes the files of a case. */
export function writeFiles(folder: string, files: BadInput['files'] = {}): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
}

/** A model that was never trained, as a file; `change` damages it on purpose. */
export function modelFile(
  inputSize: readonly [number, number, 3] = [SIDE, SIDE, 3],
  change: (tensors: ReturnType<typeof encodeModelFile>) => void = () => undefined,
  settings: Partial<ModelConfig> = {},
  provenance: Record<string, unknown> = {},
): Uint8Array {
  const model = createModel(
    resolveModelConfig({ architecture: 'pure20', width: 0.25, inputSize, ...settings }),
  )
  const content = encodeModelFile({
    config: model.config,
    ...model.initialise(1),
    metadata: {
      classes: GALAXY10_DECALS,
      normalisation: { mean: [0, 0, 0], std: [1, 1, 1] },
      temperature: null,
      version: 'test',
      provenance,
    },
  })
  change(content)
  return encodeSafetensors(content.tensors, content.metadata)
}

/** Makes `good/`: a data set of 40 pictures, a model for it, pictures and a catalogue of them. */
export async function makeGoodFiles(folder: string): Promise<void> {
  mkdirSync(join(folder, 'pictures'), { recursive: true })
  const count = 40
  const images = Uint8Array.from({ length: count * SIDE * SIDE * 3 }, (_, index) => (index * 7919) % 251)
  const labels = Array.from({ length: count }, (_, index) => index % 10)
  await writeGalaxy10({ path: join(folder, 'data.h5'), size: [SIDE, SIDE], batches: [{ images, labels }] })
  await writeGalaxy10({
    path: join(folder, 'other.h5'),
    size: [SIDE, SIDE],
    batches: [{ images, labels: labels.toReversed() }],
  })
  const partial = { images, labels: labels.map(() => -1), allowed: labels.map(() => 6) }
  await writeGalaxy10({ path: join(folder, 'partial.h5'), size: [SIDE, SIDE], batches: [partial] })
  const one = { images: images.subarray(0, SIDE * SIDE * 3), labels: [0] }
  await writeGalaxy10({ path: join(folder, 'one.h5'), size: [SIDE, SIDE], batches: [one] })
  writeFileSync(join(folder, 'model.safetensors'), modelFile())
  writeFileSync(join(folder, 'larger.safetensors'), modelFile([2 * SIDE, 2 * SIDE, 3]))
  for (const format of ['png', 'jpeg', 'webp', 'tiff'] as const) {
    writeFileSync(join(folder, 'pictures', `a.${format}`), await picture(64, 64).toFormat(format).toBuffer())
  }
  writeFileSync(join(folder, 'pictures.csv'), 'file,galaxy10\na.png,2\na.jpeg,3\na.webp,4\na.tiff,5\n')
}
