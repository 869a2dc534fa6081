import type { NoiseTally } from '../noise/index.ts'

/** What is kept of one model's answers to all pictures once: predictions and how sure it was of them. */
export interface Pass {
  /** Class of each picture; −1 where the model's output is not finite. */
  readonly predictions: Int32Array
  /** Probability of the predicted class, with the model's temperature; NaN where there is none. */
  readonly confidences: Float32Array
  /** What the noise met in the pictures; null without noise. */
  readonly tally: NoiseTally | null
}

/** Which pass: of which model, under which noise. Without noise the last three are null. */
export interface PassKey {
  /** `modelFingerprint` of the model. */
  readonly model: string
  readonly protocol: string | null
  readonly level: number | null
  readonly seed: number | null
}

/** Where passes are kept while a report is made, so that one that was killed goes on. */
export interface PassStore {
  get(key: PassKey): Pass | undefined
  put(key: PassKey, pass: Pass): Promise<void>
}

export const passName = ({ model, protocol, level, seed }: PassKey): string =>
  [model, protocol, level, seed].join('|')

/** Keeps passes in memory. */
export function memoryPasses(): PassStore {
  const passes = new Map<string, Pass>()
  return {
    get: (key) => passes.get(passName(key)),
    async put(key, pass) {
      passes.set(passName(key), pass)
    },
  }
}
