import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { reportCsv } from '../../../src/robustness/report/index.ts'
import { HOSTILE_NAMES } from './hostile-names.ts'
import { sampleReport } from './sample-report.ts'

const rowsOf = (text: string): Record<string, string>[] =>
  parse(text, { columns: true, record_delimiter: '\r\n' })

describe('reportCsv', () => {
  it('has a row for each protocol, level and entry, the pictures as they are included', async () => {
    const rows = rowsOf(reportCsv(await sampleReport()))
    expect(rows).toHaveLength(2 * 6 * 3)
    expect(new Set(rows.map(({ protocol, level, entry }) => `${protocol} ${level} ${entry}`)).size).toBe(36)
  })

  it('gives back the numbers of the report exactly', async () => {
    const report = await sampleReport()
    const row = rowsOf(reportCsv(report)).find(
      ({ protocol, level, entry }) => protocol === 'exposure' && level === '0.125' && entry === '2',
    )!
    const figures = report.protocols[1]!.curves[1]!.levels[2]!
    const comparison = report.protocols[1]!.comparisons.find(
      ({ against, level }) => against === 1 && level === 0.125,
    )!
    expect(Number(row.accuracy)).toBe(figures.accuracy.mean)
    expect([Number(row.accuracy_low), Number(row.accuracy_high)]).toEqual(figures.interval)
    expect(Number(row.recall_merging)).toBe(figures.recall[1])
    expect(row.recall_cigar_shaped_smooth).toBe('')
    expect(Number(row.difference)).toBe(comparison.difference)
    expect(Number(row.mcnemar_p_corrected)).toBe(comparison.mcnemar.corrected)
    expect(row.illustration).toBe('true')
  })

  it('quotes what RFC 4180 wants quoted: names with quotes, commas and line ends come back whole', async () => {
    const rows = rowsOf(reportCsv(await sampleReport({ names: HOSTILE_NAMES })))
    expect([...new Set(rows.map(({ entry_name }) => entry_name))]).toEqual(HOSTILE_NAMES)
  })

  it('leaves cells empty that a single entry cannot fill', async () => {
    const [row] = rowsOf(reportCsv(await sampleReport({ names: ['only'], partial: 0 })))
    expect(row).toMatchObject({ mean_corruption_error: '', difference: '', mcnemar_p: '', admitted: '' })
  })

  it('has only columns that its documentation names, and all of them', async () => {
    const [row] = rowsOf(reportCsv(await sampleReport()))
    const documented = readFileSync('docs/robustness-report.md', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .flatMap((line) => [...line.split('|')[1]!.matchAll(/`([a-z0-9_]+)`/g)].map(([, name]) => name))
    expect(documented).toEqual(Object.keys(row!).filter((name) => !name.startsWith('recall_')))
  })
})
