import type { Engine } from '../engine/types.ts'
import type { ImageDataset } from '../io/types.ts'
import { openPredictor, type Predictor, predictDataset, type TrainedModel } from '../train/index.ts'
import { argMaxRows, softmaxRows } from '../train/metrics.ts'
import type { JudgedPictures } from './judged-pictures.ts'
import { type Dose, type PictureGeometry, prepareForModel } from './noisy-pictures.ts'
import type { Pass, PassKey, PassStore } from './pass.ts'

/** A model and what its passes are filed under. */
export interface JudgedModel {
  readonly trained: TrainedModel
  /** `modelFingerprint` */
  readonly fingerprint: string
}

export interface MeasureOptions {
  readonly engine: Engine
  readonly dataset: ImageDataset
  readonly pictures: JudgedPictures
  readonly geometry: PictureGeometry
  readonly store: PassStore
  readonly batchSize: number
  /** Counts passes over all pictures. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export function passKey(model: string, dose: Dose | null): PassKey {
  return {
    model,
    protocol: dose?.protocol.name ?? null,
    level: dose?.level ?? null,
    seed: dose?.seed ?? null,
  }
}

/**
 * Sees to it that the store holds every model's pass without noise and with each dose. Models that lack a pass see the same
 * noisy bytes at the same time. A model is compiled when its first pass is missing.
 */
export async function measurePasses(
  models: readonly JudgedModel[],
  doses: readonly Dose[],
  options: MeasureOptions,
): Promise<void> {
  const { engine, store, batchSize, dataset, pictures, onProgress, signal } = options
  const all = [null, ...doses]
  const predictors = new Map<string, Predictor>()
  const total = all.length * pictures.rows.length
  try {
    for (const [position, dose] of all.entries()) {
      signal?.throwIfAborted()
      const missing = models.filter(({ fingerprint }) => store.get(passKey(fingerprint, dose)) === undefined)
      const used: Predictor[] = []
      for (const { fingerprint, trained } of missing) {
        const predictor = predictors.get(fingerprint) ?? (await openPredictor(trained, engine, { batchSize }))
        predictors.set(fingerprint, predictor)
        used.push(predictor)
      }
      const before = position * pictures.rows.length
      if (missing.length > 0) {
        const { prepare, tally } = prepareForModel(options.geometry, dose)
        const logits = await predictDataset(used, dataset, pictures.rows, {
          alter: prepare,
          onProgress: (done) => onProgress?.(before + done, total),
          ...(signal === undefined ? {} : { signal }),
        })
        for (const [at, { trained, fingerprint }] of missing.entries()) {
          const pass = passOf(trained, logits[at]!, dose === null ? null : tally())
          await store.put(passKey(fingerprint, dose), pass)
        }
      }
      onProgress?.(before + pictures.rows.length, total)
    }
  } finally {
    for (const predictor of predictors.values()) predictor.dispose()
  }
}

function passOf({ config, metadata }: TrainedModel, logits: Float32Array, tally: Pass['tally']): Pass {
  const { classes } = config
  const predictions = argMaxRows(logits, classes)
  const probabilities = softmaxRows(logits, classes, metadata.temperature ?? 1)
  const confidences = Float32Array.from(predictions, (k, row) =>
    k < 0 ? Number.NaN : probabilities[row * classes + k]!,
  )
  return { predictions, confidences, tally }
}
