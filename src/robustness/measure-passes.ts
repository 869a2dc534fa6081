import type { Engine } from '../engine/types.ts'
import type { ImageDataset } from '../io/types.ts'
import type { NoiseProtocol } from '../noise/index.ts'
import { openPredictor, type Predictor, predictDataset, type TrainedModel } from '../train/index.ts'
import { argMaxRows, softmaxRows } from '../train/metrics.ts'
import type { JudgedPictures } from './judged-pictures.ts'
import {
  type Dose,
  noiseComesLast,
  type PictureGeometry,
  prepareForModel,
  prepareOnDevice,
} from './noisy-pictures.ts'
import type { DeviceNoise } from './open-device-noise.ts'
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
  /** Whether noise is drawn where the engine computes; default: where that is an accelerator. */
  readonly noiseOnDevice?: boolean | undefined
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
  const deviceNoises = openDeviceNoises(options)
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
        const noise = dose && (await deviceNoises.of(dose.protocol))
        const { prepare, place, tally }: Preparation = noise
          ? prepareOnDevice(options.geometry, dose, noise)
          : prepareForModel(options.geometry, dose)
        const logits = await predictDataset(used, dataset, pictures.rows, {
          alter: prepare,
          ...(place === undefined ? {} : { place }),
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
    deviceNoises.dispose()
  }
}

type Preparation = ReturnType<typeof prepareForModel> & Partial<ReturnType<typeof prepareOnDevice>>

/** The protocols' noise on the engine's accelerator, compiled when it is first asked for. */
function openDeviceNoises({ engine, geometry, batchSize, noiseOnDevice }: MeasureOptions) {
  const wanted = noiseOnDevice ?? engine.freeDeviceBytes !== undefined
  const opened = new Map<NoiseProtocol, DeviceNoise>()
  return {
    /** Undefined where the host draws it: without an accelerator, and where pictures are resized after the noise. */
    async of(protocol: NoiseProtocol): Promise<DeviceNoise | undefined> {
      if (!wanted || !noiseComesLast(geometry, protocol)) return undefined
      const known = opened.get(protocol)
      if (known) return known
      // Only here is TensorFlow.js needed.
      const { openDeviceNoise } = await import('./open-device-noise.ts')
      const { input, pixelScales } = geometry
      const noise = await openDeviceNoise(engine, protocol, { batchSize, ...input, pixelScales })
      opened.set(protocol, noise)
      return noise
    },
    dispose() {
      for (const noise of opened.values()) noise.dispose()
    },
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
