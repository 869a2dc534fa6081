import type { RobustnessResult } from './result-types.ts'

/** The result as CSV, a row a model and level. */
export function robustnessCsv(result: RobustnessResult): string {
  return result.protocol
}

/** The result as a text table for a terminal. */
export function robustnessTable(result: RobustnessResult): string {
  return result.protocol
}
