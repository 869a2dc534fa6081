import type { ModelContent } from '../model/model-file.ts'
import { countParameters } from '../model/parameters.ts'

/** What people should know of a model before they believe its answers. */
export interface ModelCard extends MeasuredModel {
  readonly architecture: string
  /** Trainable parameters. */
  readonly parameters: number
  /** Pictures that it was trained with, a picture listed twice counted twice; null where its file does not say. */
  readonly trainingPictures: number | null
  /** Accuracy, 0 to 1, on pictures with an exact label by which its epoch was chosen; null where there were none. */
  readonly validation: { readonly count: number; readonly accuracy: number } | null
  /** Whether a temperature was fitted, so that probabilities come nearer to frequencies. */
  readonly calibrated: boolean
}

/** What is known of a model after its training; for one that ships it stands in `<name>.card.json` beside its file. */
export interface MeasuredModel {
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

/** The card of a model: what its file says, and what was measured later. */
export function modelCard(
  { config, metadata }: Pick<ModelContent, 'config' | 'metadata'>,
  measured: MeasuredModel = { tests: [], limits: [] },
): ModelCard {
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
    ...measured,
  }
}
