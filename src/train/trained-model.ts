import type { HostTensor } from '../engine/types.ts'
import { PureGalaxyError } from '../errors.ts'
import type { Model } from '../model/index.ts'

/** What the metadata of a model file holds besides the model's configuration. */
export interface TrainedModelMetadata {
  /** Slugs and display names, in the order of the logits. */
  readonly classes: { readonly slugs: readonly string[]; readonly names: readonly string[] }
  /** Per channel R, G, B, of pixels scaled to [0, 1]. */
  readonly normalisation: {
    readonly mean: readonly [number, number, number]
    readonly std: readonly [number, number, number]
  }
  /** Logits are divided by it before the softmax; null where it was never fitted. */
  readonly temperature: number | null
  readonly version: string
  /** How it was trained: data, epochs, validation figures. */
  readonly provenance: Readonly<Record<string, unknown>>
}

/** A model with its weights. */
export interface TrainedModel {
  /** For messages and tables: the file's path or the shipped name. */
  readonly name: string
  readonly model: Model
  readonly parameters: readonly HostTensor[]
  readonly statistics: readonly HostTensor[]
  readonly metadata: TrainedModelMetadata
}

/** Reads a model file. */
export async function readTrainedModel(path: string, _name = path): Promise<TrainedModel> {
  throw new PureGalaxyError('train.pending', path)
}
