import { join } from 'node:path'

/** Names of the files of a run folder. */
export interface RunFiles {
  readonly config: string
  readonly metrics: string
  readonly best: string
  readonly last: string
  readonly report: string
  /** Which rows of the data train and which validate. */
  readonly rows: string
}

export function runFiles(folder: string): RunFiles {
  return {
    config: join(folder, 'config.json'),
    metrics: join(folder, 'metrics.ndjson'),
    best: join(folder, 'best.safetensors'),
    last: join(folder, 'last.safetensors'),
    report: join(folder, 'report.html'),
    rows: join(folder, 'rows.json'),
  }
}
