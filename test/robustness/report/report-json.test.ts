import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { reportJson } from '../../../src/robustness/report/index.ts'
import { HOSTILE_NAMES } from './hostile-names.ts'
import { sampleReport } from './sample-report.ts'

const schema = JSON.parse(readFileSync('docs/robustness.schema.json', 'utf8'))
const validate = new Ajv2020({
  allErrors: true,
  strict: true,
  strictTypes: false,
  strictTuples: false,
}).compile(schema)

function errorsOf(value: unknown): string[] {
  return validate(value)
    ? []
    : validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`)
}

describe('reportJson', () => {
  it.each([
    ['three entries', {}],
    ['a single entry without examples', { names: ['PURe20'], examples: 0 }],
    ['one level, no partial labels', { levels: [3], partial: 0 }],
    ['hostile names', { names: HOSTILE_NAMES }],
  ])('meets the published schema: %s', async (_, options) => {
    expect(errorsOf(JSON.parse(reportJson(await sampleReport(options))))).toEqual([])
  })

  it('holds all of the report but the bytes of pictures', async () => {
    const report = await sampleReport()
    const expected = JSON.parse(JSON.stringify(report, (key, value) => (key === 'webp' ? undefined : value)))
    expect(JSON.parse(reportJson(report))).toEqual(expected)
  })

  it('writes keys in one order, whatever the order in which they were made, and ends with a line feed', async () => {
    const report = await sampleReport()
    const text = reportJson(report)
    const { data, formatVersion, ...rest } = report
    const { path, ...others } = data
    expect(reportJson({ ...rest, data: { ...others, path }, formatVersion })).toBe(text)
    expect(Object.keys(JSON.parse(text))[0]).toBe('formatVersion')
    expect(text.endsWith('}\n')).toBe(true)
  })

  it('gives exponents that are not finite as null, which the schema admits', async () => {
    const report = await sampleReport()
    const [lens] = report.lenses
    const [unit] = lens!.units
    const views = unit!.views.map((view) => ({ ...view, exponentMax: Number.POSITIVE_INFINITY }))
    const value = JSON.parse(reportJson({ ...report, lenses: [{ ...lens!, units: [{ ...unit!, views }] }] }))
    expect(value.lenses[0].units[0].views[0].exponentMax).toBeNull()
    expect(errorsOf(value)).toEqual([])
  })

  it('is refused by the schema when a key is missing, unknown, or out of range', async () => {
    const value = JSON.parse(reportJson(await sampleReport()))
    expect(errorsOf({ ...value, seeds: undefined })).not.toEqual([])
    expect(errorsOf({ ...value, more: 1 })).not.toEqual([])
    value.protocols[0].curves[0].clean.macroF1 = 1.2
    expect(errorsOf(value)).toEqual(['/protocols/0/curves/0/clean/macroF1 must be <= 1'])
  })

  it('has a description at every key of the schema', () => {
    const bare: string[] = []
    const visit = (node: Record<string, unknown>, path: string) => {
      for (const [key, value] of Object.entries(
        (node.properties ?? {}) as Record<string, Record<string, unknown>>,
      )) {
        const target = typeof value.$ref === 'string' ? schema.$defs[value.$ref.split('/').at(-1)!] : value
        if (value.description === undefined && target.description === undefined) bare.push(`${path}/${key}`)
      }
      for (const [key, value] of Object.entries(node))
        if (typeof value === 'object' && value !== null)
          visit(value as Record<string, unknown>, `${path}/${key}`)
    }
    visit(schema, '')
    expect(bare).toEqual([])
  })
})
