import type { RunConfig } from './run-config.ts'
import type { MetricsLine } from './run-folder.ts'

export function trainingReport(config: RunConfig, lines: readonly MetricsLine[]): string {
  return `<!doctype html><title>${config.model.architecture}</title>${lines.length}`
}
