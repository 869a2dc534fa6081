import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { countParameters } from '../model/parameters.ts'
import type { TrainedModel } from '../train/trained-model.ts'

/** What people should know of a model before they believe its answers. */
export interface ModelCard {
  readonly architecture: string
  /** Trainable parameters. */
  readonly parameters: number
  /** Pictures that it was trained with, a picture listed twice counted twice; null where its file does not say. */
  readonly trainingPictures: number | null
  /** Accuracy, 0 to 1, on pictures with an exact label by which its epoch was chosen; null where there were none. */
  readonly validation: { readonly count: number; readonly accuracy: number } | null
  /** Whether a temperature was fitted, so that probabilities come nearer to frequencies. */
  readonly calibrated: boolean
  /** What was measured after training, on pictures that nothing was chosen by; none are known of models that do not ship. */
  readonly tests: readonly ModelTest[]
  /** What it must not be trusted with, in sentences. */
  readonly limits: readonly string[]
}

export interface ModelTest {
  /** Which pictures, in words. */
  readonly pictures: string
  readonly count: number
  /** 0 to 1, with its 95 % interval. */
  readonly accuracy: number
  readonly interval: readonly [low: number, high: number]
}

/**
 * The card of a model: what its file says, and for one that ships what stands in `<name>.card.json` beside it.
 *
 * @param shipped path of the model file where it comes with the package
 */
export async function readModelCard(model: TrainedModel, shipped: string | undefined): Promise<ModelCard> {
  const { config, metadata } = model
  const { trainingPictures, validation } = metadata.provenance as {
    trainingPictures?: unknown
    validation?: { exact?: unknown; accuracy?: unknown } | null
  }
  const { exact, accuracy } = validation ?? {}
  return {
    architecture: config.architecture,
    parameters: countParameters(config),
    trainingPictures: typeof trainingPictures === 'number' ? trainingPictures : null,
    validation:
      typeof exact === 'number' && typeof accuracy === 'number' && exact > 0
        ? { count: exact, accuracy }
        : null,
    calibrated: metadata.temperature !== null,
    ...(await readMeasured(shipped)),
  }
}

async function readMeasured(shipped: string | undefined): Promise<Pick<ModelCard, 'tests' | 'limits'>> {
  const path = shipped?.replace(/\.safetensors$/, '.card.json')
  if (path === undefined || !existsSync(path)) return { tests: [], limits: [] }
  return JSON.parse(await readFile(path, 'utf8')) as Pick<ModelCard, 'tests' | 'limits'>
}
