import { availableParallelism } from 'node:os'
import type { Engine } from '../engine/types.ts'
import { mapOrdered } from '../io/pictures/index.ts'
import type { ImageDataset } from '../io/types.ts'
import { addTally, EMPTY_TALLY, type NoiseProtocol } from '../noise/index.ts'
import { openPredictor, type Predictor, type TrainedModel } from '../train/index.ts'
import { argMaxRows, softmaxRows } from '../train/metrics.ts'
import { PARTS_AT_ONCE, predictPictures, readParts, readPictures } from '../train/predict-dataset.ts'
import type { JudgedPictures } from './judged-pictures.ts'
import { type Dose, noiseComesLast, type PictureGeometry, placeNoisy, sameSize } from './noisy-pictures.ts'
import type { DeviceNoise } from './open-device-noise.ts'
import type { Pass, PassKey, PassStore } from './pass.ts'
import { type Preparation, prepareHere } from './preparation.ts'

/** Beyond this models do not look at pictures as fast as noise is drawn. */
const MOST_THREADS = 8

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
  /**
   * CPU threads to work with; default: all cores. All but one of them, at most 8, draw noise and resize pictures while
   * models look at those before; with 1 this thread does, by turns. Changes no result.
   */
  readonly threads?: number | undefined
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

/** How long passes took. */
export interface PassTimes {
  readonly seconds: number
  /** Of these, how long the models waited for pictures: read, made noisy, resized. */
  readonly waiting: number
}

/** A pass that some models lack. */
interface MissingPass {
  readonly dose: Dose | null
  readonly models: readonly JudgedModel[]
}

/**
 * Sees to it that the store holds every model's pass without noise and with each dose. Models that lack a pass see the same
 * noisy bytes at the same time; while they look at them the next ones are prepared, those of the next pass too. A model
 * is compiled when its first pass is missing.
 */
export async function measurePasses(
  models: readonly JudgedModel[],
  doses: readonly Dose[],
  options: MeasureOptions,
): Promise<PassTimes> {
  const { engine, store, batchSize, dataset, onProgress, signal } = options
  const { rows } = options.pictures
  const passes = [null, ...doses].map((dose): MissingPass => {
    const lacks = ({ fingerprint }: JudgedModel) => store.get(passKey(fingerprint, dose)) === undefined
    return { dose, models: models.filter(lacks) }
  })
  const missing = passes.filter((pass) => pass.models.length > 0)
  const total = passes.length * rows.length
  let done = (passes.length - missing.length) * rows.length
  onProgress?.(done, total)
  if (missing.length === 0) return { seconds: 0, waiting: 0 }
  const started = performance.now()
  let waiting = 0
  const predictors = new Map<string, Predictor>()
  const deviceNoises = openDeviceNoises(options)
  const preparation = await openPreparation(options, missing, deviceNoises.draws)
  const parts = readParts(rows, dataset, batchSize)
  const prepared = mapOrdered(
    missing.flatMap(({ dose }) => parts.map((part) => ({ dose, part }))),
    PARTS_AT_ONCE,
    async ({ dose, part }) =>
      preparation.prepare(deviceNoises.draws(dose) ? null : dose, await readPictures(dataset, part), part),
    signal,
  )
  try {
    for (const pass of missing) {
      const { dose } = pass
      const used: Predictor[] = []
      for (const { fingerprint, trained } of pass.models) {
        const predictor = predictors.get(fingerprint) ?? (await openPredictor(trained, engine, { batchSize }))
        predictors.set(fingerprint, predictor)
        used.push(predictor)
      }
      const placed = await deviceNoises.placed(dose)
      const logits = used.map(({ model }) => new Float32Array(rows.length * model.config.classes))
      let tally = EMPTY_TALLY
      let first = 0
      for (const part of parts) {
        const asked = performance.now()
        const { pictures, tally: met } = (await prepared.next()).value!
        waiting += performance.now() - asked
        tally = addTally(tally, met)
        const some = await predictPictures(used, pictures, part, {
          place: placed?.place,
          onProgress: (count) => onProgress?.(done + first + count, total),
          signal,
        })
        for (const [at, { model }] of used.entries()) logits[at]!.set(some[at]!, first * model.config.classes)
        first += part.length
      }
      done += rows.length
      for (const [at, { trained, fingerprint }] of pass.models.entries()) {
        const met = dose === null ? null : (placed?.tally() ?? tally)
        await store.put(passKey(fingerprint, dose), passOf(trained, logits[at]!, met))
      }
    }
    return { seconds: (performance.now() - started) / 1000, waiting: waiting / 1000 }
  } finally {
    // Waits for what is being prepared: nothing may read the data set after this.
    await prepared.return()
    await preparation.dispose()
    for (const predictor of predictors.values()) predictor.dispose()
    deviceNoises.dispose()
  }
}

/** Threads, where there is anything to prepare that they could take over. */
async function openPreparation(
  { geometry, threads = availableParallelism() }: MeasureOptions,
  missing: readonly MissingPass[],
  onDevice: (dose: Dose | null) => boolean,
): Promise<Preparation> {
  const work = missing.some(
    ({ dose }) => !sameSize(geometry.stored, geometry.input) || (dose !== null && !onDevice(dose)),
  )
  if (threads <= 1 || !work) return prepareHere(geometry)
  const { prepareInThreads } = await import('./noise-threads.ts')
  return prepareInThreads(geometry, Math.min(MOST_THREADS, threads - 1))
}

/** The protocols' noise on the engine's accelerator, compiled when it is first asked for. */
function openDeviceNoises({ engine, geometry, batchSize, noiseOnDevice }: MeasureOptions) {
  const wanted = noiseOnDevice ?? engine.freeDeviceBytes !== undefined
  const opened = new Map<NoiseProtocol, DeviceNoise>()
  /** Not where the host draws it: without an accelerator, and where pictures are resized after the noise. */
  const draws = (dose: Dose | null): boolean =>
    wanted && dose !== null && noiseComesLast(geometry, dose.protocol)

  async function noiseOf(protocol: NoiseProtocol): Promise<DeviceNoise> {
    const known = opened.get(protocol)
    if (known) return known
    // Only here is TensorFlow.js needed.
    const { openDeviceNoise } = await import('./open-device-noise.ts')
    const { input, pixelScales } = geometry
    const noise = await openDeviceNoise(engine, protocol, { batchSize, ...input, pixelScales })
    opened.set(protocol, noise)
    return noise
  }

  return {
    draws,
    /** Undefined where the host draws it. */
    async placed(dose: Dose | null): Promise<ReturnType<typeof placeNoisy> | undefined> {
      return dose !== null && draws(dose) ? placeNoisy(dose, await noiseOf(dose.protocol)) : undefined
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
