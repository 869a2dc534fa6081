import { stringify } from 'csv-stringify/sync'
import type { ProtocolReport, RobustnessReport } from '../report-types.ts'
import { allLevels } from './figures-of-level.ts'

/**
 * results.csv: a row for each protocol, level and entry, with all figures that are one number; columns are in
 * docs/robustness-report.md. Fractions are 0 to 1, cells without a figure are empty, lines end as RFC 4180 says.
 */
export function reportCsv(report: RobustnessReport): string {
  const rows = report.protocols.flatMap((protocol) => protocolRows(report, protocol))
  return stringify(rows, {
    header: true,
    record_delimiter: 'windows',
    // A single line feed is not the end of a record here, and must be quoted all the same.
    quoted_match: /[\r\n]/,
    cast: { boolean: String, number: (value) => (Number.isFinite(value) ? String(value) : '') },
  })
}

function protocolRows({ data, seeds, entries }: RobustnessReport, report: ProtocolReport): object[] {
  return report.curves.flatMap((curve, entry) =>
    allLevels(curve).map((figures) => {
      const comparison = report.comparisons.find(
        ({ against, level }) => against === entry && level === figures.level,
      )
      return {
        protocol: report.protocol,
        unit: report.unit,
        illustration: report.illustration,
        level: figures.level,
        entry: entry + 1,
        entry_name: entries[entry]!.name,
        models: entries[entry]!.models.length,
        noise_seeds: figures.level === null ? 0 : seeds.length,
        pictures: data.exact,
        accuracy: figures.accuracy.mean,
        accuracy_low: figures.interval[0],
        accuracy_high: figures.interval[1],
        accuracy_deviation: figures.accuracy.deviation,
        accuracy_per_model: figures.accuracy.perModel.join(';'),
        relative_accuracy: figures.relativeAccuracy,
        relative_accuracy_low: figures.relativeInterval?.[0],
        relative_accuracy_high: figures.relativeInterval?.[1],
        macro_f1: figures.macroF1,
        expected_calibration_error: figures.expectedCalibrationError,
        mean_confidence: figures.meanConfidence,
        agreement: figures.agreement,
        admitted: figures.admitted,
        area: curve.area.mean,
        area_deviation: curve.area.deviation,
        mean_corruption_error: curve.meanCorruptionError,
        difference: comparison?.difference,
        difference_low: comparison?.interval[0],
        difference_high: comparison?.interval[1],
        mcnemar_only_first: comparison?.mcnemar.onlyFirst,
        mcnemar_only_this: comparison?.mcnemar.onlyOther,
        mcnemar_p: comparison?.mcnemar.p,
        mcnemar_p_corrected: comparison?.mcnemar.corrected,
        relative_difference: comparison?.relative?.difference,
        relative_difference_low: comparison?.relative?.interval[0],
        relative_difference_high: comparison?.relative?.interval[1],
        relative_p: comparison?.relative?.p,
        relative_p_corrected: comparison?.relative?.corrected,
        ...Object.fromEntries(data.classes.slugs.map((slug, k) => [`recall_${slug}`, figures.recall[k]])),
      }
    }),
  )
}
