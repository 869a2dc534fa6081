import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { encodeSafetensors } from '../../src/io/index.ts'
import { createModel, encodeModelFile, resolveModelConfig } from '../../src/model/index.ts'
import { GalaxySimulator } from '../../src/simulate/index.ts'
import { GALAXY10_DECALS, GALAXY10_SIZE } from '../../src/survey/index.ts'
import { NORMALISATION } from '../works.ts'

/** What is measured: a model file and pictures to classify, in a folder. */
export interface Subject {
  readonly model: string
  readonly pictures: readonly string[]
}

const PICTURES = 32

/** Writes PURe34 with its first weights (speed does not depend on them) and simulated galaxies as the survey sends them, JPEG of 256 px. */
export async function writeSubject(folder: string, size: number): Promise<Subject> {
  const config = resolveModelConfig({ architecture: 'pure34', inputSize: [size, size, 3] })
  const { tensors, metadata } = encodeModelFile({
    config,
    ...createModel(config).initialise(1),
    metadata: {
      classes: GALAXY10_DECALS,
      normalisation: NORMALISATION,
      temperature: null,
      version: 'first-weights',
      provenance: {},
    },
  })
  const model = join(folder, 'pure34.safetensors')
  await writeFile(model, encodeSafetensors(tensors, metadata))
  const simulator = new GalaxySimulator({ seed: 1 })
  const raw = { width: GALAXY10_SIZE, height: GALAXY10_SIZE, channels: 3 } as const
  const pictures: string[] = []
  for (let index = 0; index < PICTURES; index++) {
    const path = join(folder, `${index}.jpg`)
    await sharp(simulator.draw(index).picture, { raw }).jpeg({ quality: 90 }).toFile(path)
    pictures.push(path)
  }
  return { model, pictures }
}
