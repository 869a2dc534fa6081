import type { ClassifierOptions } from '../../classify/classifier.ts'
import type { Prediction } from '../../classify/prediction.ts'
import type { ServedModel } from '../served-model.ts'

/** What the process of the engine is to open, as JSON in its arguments. */
export interface EngineOptions extends Pick<ClassifierOptions, 'engine' | 'threads'> {
  /** Paths of model files, or names of shipped models. */
  readonly models: readonly string[]
}

/** A model of the process, as it is described to clients. */
export type ModelDescription = Pick<
  ServedModel,
  'name' | 'version' | 'classes' | 'inputSize' | 'engine' | 'card'
>

/** Pictures to classify: uint8 NHWC of the model's input size. */
export interface EngineRequest {
  readonly run: number
  /** Index of the model. */
  readonly model: number
  readonly pictures: Uint8Array
}

/** What the process says: once that its models are open and have run, then an answer for each run, or a failure. */
export type EngineReply =
  | { readonly opened: readonly ModelDescription[] }
  | { readonly run: number; readonly predictions: readonly Prediction[] }
  | { readonly failure: { readonly code?: string; readonly message: string; readonly stack?: string } }
