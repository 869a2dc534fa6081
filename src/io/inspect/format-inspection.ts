import type { DatasetInspection, NumberRange } from './dataset-inspection.ts'

/** Writes an inspection for a terminal: aligned, no wider than its longest name needs. */
export function formatInspection(inspection: DatasetInspection): string {
  const { images, chunks, filters, sky, redshift, pixelScale } = inspection
  const facts: [string, string | undefined][] = [
    ['data', `${inspection.path}${inspection.bytes === null ? '' : ` (${formatBytes(inspection.bytes)})`}`],
    ['rows', formatCount(inspection.length)],
    ['images', images === null ? 'none' : images.join(' × ')],
    ['chunks', chunks === null ? undefined : [chunks.join(' × '), ...filters].join(', ')],
    [
      'positions',
      sky === null ? 'none' : `${formatCount(sky.ra.known)} of ${formatCount(inspection.length)}`,
    ],
    ['right ascension', sky === null ? undefined : `${formatRange(sky.ra, 3)} degrees`],
    ['declination', sky === null ? undefined : `${formatRange(sky.dec, 3)} degrees`],
    [
      'north, south',
      sky === null ? undefined : `${shares(sky.north, sky.south)} of declination 32.375 degrees`,
    ],
    [
      'groups',
      sky === null ? undefined : `${formatCount(inspection.groups)} within ${inspection.groupRadius} arcsec`,
    ],
    ['repeated positions', sky === null ? undefined : formatCount(inspection.duplicatePositions)],
    ['redshift', redshift === null ? undefined : formatRange(redshift, 4)],
    ['pixel scale', pixelScale === null ? undefined : `${formatRange(pixelScale, 3)} arcsec per pixel`],
    ['data hash', inspection.dataHash],
  ]
  const known = facts.filter((fact): fact is [string, string] => fact[1] !== undefined)
  return [
    columns(known, ['left', 'left']),
    ...section('classes', columns(classRows(inspection), ['left', 'right', 'right'])),
    ...section('data sets', columns(datasetRows(inspection), ['left', 'left', 'left', 'left'])),
  ].join('\n')
}

function classRows({ classes, partial, unlabelled, length }: DatasetInspection): string[][] {
  const row = (name: string, count: number) => [name, formatCount(count), percent(count, length)]
  return [
    ...classes.map(({ label, name, count }) => row(`${label} ${name}`, count)),
    ...partial.map(({ classes: admitted, count }) => row(admitted.join(' or '), count)),
    ...(unlabelled > 0 ? [row('nothing known', unlabelled)] : []),
  ]
}

function datasetRows({ datasets }: DatasetInspection): string[][] {
  return datasets.map(({ name, shape, type, chunks, filters }) => [
    name,
    shape.length === 0 ? 'scalar' : shape.join(' × '),
    type,
    [
      chunks === null ? 'in one piece' : `chunks ${chunks.join(' × ')}`,
      ...filters.map((filter) => filter.name),
    ].join(', '),
  ])
}

function section(title: string, text: string): string[] {
  return text === '' ? [] : ['', title, text]
}

function columns(rows: readonly (readonly string[])[], align: readonly ('left' | 'right')[]): string {
  const widths = align.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)))
  const pad = (cell: string, at: number) =>
    align[at] === 'left' ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)
  return rows.map((row) => `  ${row.map(pad).join('  ')}`.trimEnd()).join('\n')
}

const formatCount = (count: number) => count.toLocaleString('en-US')

const percent = (count: number, total: number) => `${((100 * count) / Math.max(1, total)).toFixed(1)} %`

const shares = (a: number, b: number) =>
  `${formatCount(a)} (${percent(a, a + b)}), ${formatCount(b)} (${percent(b, a + b)})`

function formatRange({ min, median, max, known }: NumberRange, digits: number): string {
  const [low, middle, high] = [min, median, max].map((value) => value.toFixed(digits))
  return `${low} to ${high}, median ${middle} (${formatCount(known)} known)`
}

function formatBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  return `${(bytes / 1024 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step]}`
}
