import type { EntryCurve, LevelFigures, ReportData } from '../report-types.ts'

/** The pictures as they are, then each level. */
export function allLevels({ clean, levels }: EntryCurve): readonly LevelFigures[] {
  return [clean, ...levels]
}

/** Accuracy of always answering the commonest class, 0 to 1; null without exact labels. */
export function commonestShare({ support, exact }: ReportData): number | null {
  return exact > 0 ? Math.max(...support) / exact : null
}
