/**
 * Measures puregalaxy beside its peer, in turns, so that a busy machine is busy for both:
 *
 *     npm run bench -- [--only train-pure20,startup] [--rounds 5] [--seconds 4] [--threads 2]
 *
 * Prints a table and writes bench/results/<time>.json. PyTorch is measured where `PUREGALAXY_PYTHON` (else `python3`)
 * has torch, the CPU build; without it the ratios are left out. Figures of a ratio are those of its rounds.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { prepareWork, referenceLogits } from './engine-work.ts'
import { measureStartUp } from './startup.ts'
import { repeatFor, type Summary, summarise } from './statistics.ts'
import { LAYOUTS, TorchPeer } from './torch-peer.ts'
import { WORKS, type Work } from './works.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    threads: { type: 'string', default: '2' },
  },
})
const [rounds, seconds, threads] = [values.rounds, values.seconds, values.threads].map(positive)
const GROUPS = [...WORKS.map(({ name }) => name), 'agreement', 'startup']
const wanted = new Set(values.only?.split(',') ?? GROUPS)
for (const name of wanted) {
  if (!GROUPS.includes(name)) throw new Error(`--only ${name}: there are ${GROUPS.join(', ')}.`)
}

/** Load a core above which others are at work: threads that wait for one another then suffer unevenly. */
const BUSY = 0.3

interface WorkResult {
  readonly work: string
  /** Images per second. */
  readonly puregalaxy: Summary
  readonly torch?: Readonly<Record<string, Summary>>
  /** puregalaxy's rate to that of PyTorch's better layout, a figure a round. */
  readonly ratio?: Summary
  readonly floor: number | null
}

const peer = await TorchPeer.start(threads!)
if (peer === undefined) {
  process.stderr.write('PyTorch is not measured: no torch in Python (name one with PUREGALAXY_PYTHON).\n')
}
const loadBefore = loadavg()
const works: WorkResult[] = []
for (const work of WORKS) if (wanted.has(work.name)) works.push(await measureWork(work))
const agreement = peer && wanted.has('agreement') ? await measureAgreement(peer) : undefined
peer?.stop()
const startUp = wanted.has('startup') ? await measureStartUp(4 * rounds!) : []
const report = {
  date: new Date().toISOString(),
  machine: { cpu: cpus()[0]?.model, cores: cpus().length, loadBefore, loadAfter: loadavg() },
  versions: { node: process.version, torch: peer?.version ?? null },
  options: { rounds, seconds, threads },
  works,
  agreement,
  startUp,
}
await mkdir('bench/results', { recursive: true })
const path = join('bench', 'results', `${report.date.replaceAll(':', '-')}.json`)
await writeFile(path, `${JSON.stringify(report, null, 2)}\n`)
printReport()
console.log(`\n${path}`)

async function measureWork(work: Work): Promise<WorkResult> {
  const ready = await prepareWork(work, 'onnx', threads!)
  const rate = (times: readonly number[]) => summarise(times.map((time) => work.batch / time))
  const own: number[] = []
  const torch = new Map(LAYOUTS.map((layout) => [layout, [] as number[]]))
  const ratios: number[] = []
  for (let round = 0; round < rounds!; round++) {
    process.stderr.write(`${work.title}: round ${round + 1} of ${rounds}\n`)
    const times = await repeatFor(seconds!, ready.once)
    own.push(...times)
    if (peer === undefined) continue
    let best = 0
    for (const [layout, all] of torch) {
      const measured = await peer.measure(work.name, layout, seconds!)
      all.push(...measured)
      best = Math.max(best, rate(measured).median)
    }
    ratios.push(rate(times).median / best)
  }
  await ready.dispose()
  const common = { work: work.title, puregalaxy: rate(own), floor: work.floor }
  if (peer === undefined) return common
  const byLayout = Object.fromEntries([...torch].map(([layout, all]) => [layout, rate(all)]))
  return { ...common, torch: byLayout, ratio: summarise(ratios) }
}

/** max|a − b| / max|b| of the logits of seeded pictures, with the same weights on both sides. */
async function measureAgreement(torch: TorchPeer) {
  const folder = await mkdtemp(join(tmpdir(), 'puregalaxy-bench-'))
  try {
    const rows = []
    for (const [network, size] of [
      ['pure20', 32],
      ['resnet20', 32],
      ['pure34', 64],
      ['pure50', 64],
    ] as const) {
      const { weights, logits } = await referenceLogits(network, size, 4, threads!)
      const file = join(folder, `${network}.safetensors`)
      await writeFile(file, weights)
      const expected = await torch.logits(file, network, size, 4)
      const difference = Math.max(...expected.map((value, at) => Math.abs(value - logits[at]!)))
      rows.push({ network, difference: difference / Math.max(...expected.map(Math.abs)) })
    }
    return rows
  } finally {
    await rm(folder, { recursive: true })
  }
}

function printReport(): void {
  if (loadBefore[0]! > BUSY * cpus().length) {
    console.log(
      `The machine was busy (load ${loadBefore[0]!.toFixed(1)} on ${cpus().length} cores): ratios are not to be relied on.\n`,
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
        'puregalaxy onnx',
        ...LAYOUTS.map((of) => `torch ${of}`),
        'ratio',
        'at least',
      ],
      ...rows,
    ])
  }
  for (const { network, difference } of agreement ?? []) {
    console.log(`logits of ${network} differ from PyTorch's by ${difference.toExponential(1)} of the largest`)
  }
  const commands = startUp.map((row) =>
    'skipped' in row
      ? [row.command, 'skipped', row.skipped.split('\n')[0]!, '', '']
      : [
          row.command,
          spread(row.seconds),
          spread(row.bareNode),
          row.ratio.toFixed(1),
          `${row.ceiling} ${row.ratio <= row.ceiling ? 'kept' : 'MISSED'}`,
        ],
  )
  if (commands.length > 0)
    printTable([['seconds', 'puregalaxy', 'node -e 0', 'ratio', 'at most'], ...commands])
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

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`${text} is no number above 0.`)
  return value
}
