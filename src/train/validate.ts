import type { HostTensor } from '../engine/types.ts'
import { admittedLosses } from './calibration.ts'
import { argMaxRows, median } from './metrics.ts'
import type { ValidationSummary } from './options.ts'
import type { TrainingSession } from './session.ts'
import { targetMasks } from './targets.ts'

/** Validation pictures as the model sees them. */
export interface ValidationLogits {
  /** pictures × classes */
  readonly logits: Float32Array
  readonly masks: Uint8Array
  readonly classes: number
}

/** Logits of the run's validation pictures, in inference mode with the statistics given. */
export async function validationLogits(
  session: TrainingSession,
  statistics: readonly HostTensor[],
  onPictures: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<ValidationLogits> {
  const { dataset, rows, config } = session
  const { batchSize } = config.recipe
  const { classes } = config.model
  const logits = new Float32Array(rows.val.length * classes)
  const size = dataset.height * dataset.width * 3
  for (let first = 0; first < rows.val.length; first += batchSize) {
    signal?.throwIfAborted()
    const indices = rows.val.subarray(first, first + batchSize)
    // The last batch is padded with black pictures, whose logits are dropped.
    const pictures = new Uint8Array(batchSize * size)
    await dataset.read(indices, pictures.subarray(0, indices.length * size))
    const output = await session.logits(pictures, statistics)
    logits.set(output.subarray(0, indices.length * classes), first * classes)
    onPictures(first + indices.length, rows.val.length)
  }
  return { logits, masks: targetMasks(dataset, rows.val), classes }
}

/** Figures of validation logits. A mask with a single class is an exact label. */
export function summariseValidation({ logits, masks, classes }: ValidationLogits): ValidationSummary {
  const predictions = argMaxRows(logits, classes)
  const losses = admittedLosses(logits, masks, classes)
  const count = { exact: 0, partial: 0 }
  const hits = { exact: 0, partial: 0 }
  for (const [row, prediction] of predictions.entries()) {
    const mask = masks.subarray(row * classes, (row + 1) * classes)
    const kind = mask.reduce((sum, bit) => sum + bit, 0) === 1 ? 'exact' : 'partial'
    count[kind]++
    // Without a prediction (−1) there is no bit to find.
    hits[kind] += mask[prediction] ?? 0
  }
  return {
    exact: count.exact,
    accuracy: count.exact > 0 ? hits.exact / count.exact : null,
    partial: count.partial,
    admittedAccuracy: count.partial > 0 ? hits.partial / count.partial : null,
    score: (hits.exact + hits.partial) / predictions.length,
    meanLogLoss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
    medianLogLoss: median(losses),
  }
}

/**
 * Whether an epoch's model is better than the best so far: by the score; of equal scores by the median loss, which one
 * picture that blows up cannot decide; else the earlier stays. Without validation the later is the better.
 */
export function isBetter(
  candidate: ValidationSummary | null,
  best: ValidationSummary | null | undefined,
): boolean {
  if (candidate === null || best === null || best === undefined) return true
  if (candidate.score !== best.score) return candidate.score > best.score
  return candidate.medianLogLoss < best.medianLogLoss
}
