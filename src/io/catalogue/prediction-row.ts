import type { ClassScheme } from '../../survey/galaxy10.ts'

/** What is known of one picture after classification: `probabilities`, or `error` where it could not be read. */
export interface PredictionRow {
  /** Text, because identifiers have more digits than a JavaScript number. */
  readonly id: string
  /** Degrees; absent or NaN where unknown. */
  readonly ra?: number
  /** Degrees; absent or NaN where unknown. */
  readonly dec?: number
  /** One a class, 0 to 1, sum 1. */
  readonly probabilities?: ArrayLike<number>
  /** Classes of the conformal set; absent until a model is calibrated. */
  readonly set?: readonly number[]
  /** Why there are no probabilities. */
  readonly error?: string
}

/** The row of a picture with what the model says of it; an error where that is no probability at all (NaN, infinite). */
export function withProbabilities(row: PredictionRow, probabilities: ArrayLike<number>): PredictionRow {
  if (Array.from(probabilities).every(Number.isFinite)) return { ...row, probabilities }
  return { ...row, probabilities: undefined, error: 'the model gave no finite probabilities' }
}

/** What is the same in every row. */
export interface PredictionContext {
  readonly classes: ClassScheme
  readonly model: string
  readonly modelVersion: string
}

/** Cells in the order of `predictionColumns`; null where there is nothing to say. */
export type PredictionCells = (string | number | null)[]

/** The columns: id, ra, dec, p_<slug> for each class, class, confidence, entropy, set, error, model, model_version. */
export const predictionColumns = ({ slugs }: ClassScheme): string[] => [
  'id',
  'ra',
  'dec',
  ...slugs.map((slug) => `p_${slug}`),
  'class',
  'confidence',
  'entropy',
  'set',
  'error',
  'model',
  'model_version',
]

/**
 * The cells of one row. The class is the most probable one, the confidence its probability, the entropy
 * −Σ p ln p in nats (0 to ln of the number of classes); these and the probabilities are rounded to 6 significant digits,
 * coordinates are kept as they are. Probabilities that are not finite are left out, and are the row's error.
 */
export function predictionCells(given: PredictionRow, context: PredictionContext): PredictionCells {
  const { slugs } = context.classes
  const row = given.probabilities === undefined ? given : withProbabilities(given, given.probabilities)
  const probabilities = row.probabilities
  let best = 0
  let entropy = 0
  for (let k = 0; k < (probabilities?.length ?? 0); k++) {
    const p = probabilities![k]!
    if (p > probabilities![best]!) best = k
    if (p > 0) entropy -= p * Math.log(p)
  }
  return [
    row.id,
    finiteOrNull(row.ra),
    finiteOrNull(row.dec),
    ...slugs.map((_, k) => (probabilities === undefined ? null : sixDigits(probabilities[k]!))),
    probabilities === undefined ? null : slugs[best]!,
    probabilities === undefined ? null : sixDigits(probabilities[best]!),
    probabilities === undefined ? null : sixDigits(Math.max(0, entropy)),
    row.set === undefined ? null : row.set.map((k) => slugs[k]!).join('|'),
    row.error ?? null,
    context.model,
    context.modelVersion,
  ]
}

const sixDigits = (value: number): number => Number(value.toPrecision(6))

const finiteOrNull = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null
