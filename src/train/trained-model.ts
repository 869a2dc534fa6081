import { readFile } from 'node:fs/promises'
import { PureGalaxyError } from '../errors.ts'
import { fileError } from '../io/file-errors.ts'
import { decodeSafetensors } from '../io/safetensors.ts'
import { decodeModelFile, type ModelContent } from '../model/model-file.ts'
import { TRAINING_STATE_FORMAT } from './training-state-format.ts'

/** A model with its weights, under the name that messages and tables call it: the file's path or the shipped name. */
export interface TrainedModel extends ModelContent {
  readonly name: string
}

/**
 * Reads a model file; needs no TensorFlow.js.
 *
 * @param name for messages and tables; default: the path
 * @throws PureGalaxyError `io.…` for a file that cannot be read or is damaged, `model.…` for one that holds no model
 */
export async function readTrainedModel(path: string, name = path): Promise<TrainedModel> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (error) {
    throw fileError(error, path)
  }
  const content = decodeSafetensors(bytes, path)
  if (content.metadata.format === TRAINING_STATE_FORMAT)
    throw new PureGalaxyError(
      'model.training-state',
      `${path} is the state of a training run, not a model: its statistics are not recalibrated. Name best.safetensors of the same folder.`,
    )
  return { name, ...decodeModelFile(content, path) }
}
