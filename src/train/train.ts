import { PureGalaxyError } from '../errors.ts'
import type { TrainHooks, TrainOptions, TrainResult } from './options.ts'

/** Trains a model; writes the run folder. */
export async function train(options: TrainOptions, _hooks: TrainHooks = {}): Promise<TrainResult> {
  throw new PureGalaxyError('train.pending', options.runFolder)
}

/** Goes on with the run of a folder where its last checkpoint left it. */
export async function resume(runFolder: string, _hooks: TrainHooks = {}): Promise<TrainResult> {
  throw new PureGalaxyError('train.pending', runFolder)
}
