import type { ModelMetadata } from '../model/index.ts'
import type { ReportTraining } from './report-types.ts'

type JsonRecord = Readonly<Record<string, unknown>>

const text = (value: unknown) => (typeof value === 'string' ? value : null)
const number = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : null)
const record = (value: unknown): JsonRecord | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : null

/** What a model file says of its training; null where it does not, or not in the form that `train` writes. */
export function trainingFacts({ provenance }: ModelMetadata): ReportTraining {
  const { puregalaxy, dataHash, trainingPictures, seed, epoch, preset, recipe, engine } = provenance
  return {
    puregalaxy: text(puregalaxy),
    dataHash: text(dataHash),
    pictures: number(trainingPictures),
    seed: number(seed),
    epoch: number(epoch),
    preset: text(preset),
    recipe: record(recipe),
    engine: record(engine),
  }
}
