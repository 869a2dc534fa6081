import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { TrainedModel } from '../train/trained-model.ts'
import { type MeasuredModel, type ModelCard, modelCard } from './model-card.ts'

/**
 * The card of a model: what its file says, and for one that ships what stands in `<name>.card.json` beside it.
 *
 * @param shipped path of the model file where it comes with the package
 */
export async function readModelCard(model: TrainedModel, shipped: string | undefined): Promise<ModelCard> {
  const path = shipped?.replace(/\.safetensors$/, '.card.json')
  if (path === undefined || !existsSync(path)) return modelCard(model)
  return modelCard(model, JSON.parse(await readFile(path, 'utf8')) as MeasuredModel)
}
