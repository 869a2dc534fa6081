import type { IoRow } from './io-rows.ts'
import type { NoiseRow } from './noise.ts'
import type { WaitingRow } from './noise-waiting.ts'
import type { SkippedStartUp, StartUp } from './startup.ts'
import type { Summary } from './statistics.ts'
import { LAYOUTS } from './torch-peer.ts'

export interface WorkResult {
  readonly work: string
  /** Images per second. */
  readonly puregalaxy: Summary
  readonly torch?: Readonly<Record<string, Summary>>
  /** puregalaxy's rate to that of PyTorch's better layout, a figure a round. */
  readonly ratio?: Summary
  readonly floor: number | null
}

/** What a run of the measurements finds; written as JSON. */
export interface Report {
  readonly date: string
  readonly machine: {
    readonly cpu: string | undefined
    readonly cores: number
    readonly loadBefore: readonly number[]
    readonly loadAfter: readonly number[]
  }
  readonly versions: { readonly node: string; readonly torch: string | null }
  readonly options: Readonly<Record<string, number | boolean | undefined>>
  readonly works: readonly WorkResult[]
  /** Largest difference of logits from PyTorch's, in units of the largest. */
  readonly agreement: readonly { readonly network: string; readonly difference: number }[]
  readonly io: readonly IoRow[]
  readonly noise: readonly NoiseRow[]
  readonly noiseWaiting: readonly WaitingRow[]
  readonly startUp: readonly (StartUp | SkippedStartUp)[]
}

/** Load a core above which others are at work: threads that wait for one another then suffer unevenly. */
const BUSY = 0.3

/** Prints a report as tables. */
export function printReport({ machine, works, agreement, io, noise, noiseWaiting, startUp }: Report): void {
  const { loadBefore, cores } = machine
  if (loadBefore[0]! > BUSY * cores) {
    console.log(
      `The machine was busy (load ${loadBefore[0]!.toFixed(1)} on ${cores} cores): ratios are not to be relied on.\n`,
    )
  }
  const spread = ({ median, quartiles: [lower, upper] }: Summary) =>
    `${median.toPrecision(3)} (${lower.toPrecision(3)} to ${upper.toPrecision(3)})`
  const rows = works.map(({ work, puregalaxy, torch, ratio, floor }) => [
    work,
    spread(puregalaxy),
    ...LAYOUTS.map((layout) => (torch ? spread(torch[layout]!) : '')),
    ratio ? spread(ratio) : '',
    floor === null ? '' : `${floor}${ratio ? (ratio.median >= floor ? ' reached' : ' MISSED') : ''}`,
  ])
  if (rows.length > 0) {
    printTable([
      [
        'images/s: median (quartiles)',
        'puregalaxy',
        ...LAYOUTS.map((of) => `torch ${of}`),
        'ratio',
        'at least',
      ],
      ...rows,
    ])
  }
  for (const { network, difference } of agreement) {
    console.log(`logits of ${network} differ from PyTorch's by ${difference.toExponential(1)} of the largest`)
  }
  const files = io.map((row) => [
    row.work,
    row.imagesPerSecond.toFixed(0),
    `${row.floor} ${row.imagesPerSecond >= row.floor ? 'reached' : 'MISSED'}`,
    row.peakResidentMiB.toFixed(0),
    `${row.ceilingMiB.toFixed(0)} ${row.peakResidentMiB <= row.ceilingMiB ? 'kept' : 'MISSED'}`,
  ])
  if (files.length > 0) printTable([['files', 'images/s', 'at least', 'peak MiB', 'at most'], ...files])
  const noises = noise.map((row) => [
    row.work,
    spread(row.imagesPerSecond),
    row.best.toFixed(0),
    `${row.floor} ${row.best >= row.floor ? 'reached' : 'MISSED'}`,
  ])
  if (noises.length > 0)
    printTable([['noise', 'images/s: median (quartiles)', 'best', 'at least'], ...noises])
  const waits = noiseWaiting.map((row) => [
    row.work,
    row.seconds.toFixed(1),
    `${(100 * row.waiting).toFixed(1)} %`,
  ])
  if (waits.length > 0)
    printTable([['evaluation under exposure noise, of 256 px', 'seconds', 'waiting'], ...waits])
  const commands = startUp.flatMap((row) =>
    'skipped' in row
      ? []
      : [
          [
            row.command,
            spread(row.seconds),
            spread(row.bareNode),
            row.ratio.toFixed(1),
            `${row.ceiling} ${row.ratio <= row.ceiling ? 'kept' : 'MISSED'}`,
          ],
        ],
  )
  if (commands.length > 0)
    printTable([['seconds', 'puregalaxy', 'node -e 0', 'ratio', 'at most'], ...commands])
  for (const row of startUp) if ('skipped' in row) console.log(`${row.command}: skipped: ${row.skipped}`)
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
  console.log()
}
