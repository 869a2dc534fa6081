/**
 * Measures puregalaxy beside its peer, in turns, so that a busy machine is busy for both:
 *
 *     npm run bench -- [--only train-pure20,startup] [--rounds 5] [--seconds 4] [--threads 2] [--full] [--peer-keeps-memory]
 *
 * Prints a table and writes bench/results/<time>.json. PyTorch is measured where `PUREGALAXY_PYTHON` (else `python3`)
 * has torch, the CPU build; without it the ratios are left out. Figures of a ratio are those of its rounds. The file
 * shaped like Galaxy10 DECaLS has four of its 32 rows of chunks, or with --full all of them (2.3 GB in the folder for
 * temporary files, and 3.5 GB of cache). Each engine runs in a process of its own; XLA with the memory settings that the command line gives it
 * (src/engine/xla/memory-settings.ts); PyTorch runs as it comes, or with --peer-keeps-memory with the same settings.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { listEngines } from '../src/engine/index.ts'
import { MEMORY_SETTINGS } from '../src/engine/xla/memory-settings.ts'
import { referenceLogits } from './engine-work.ts'
import { FOUR_SLABS, GALAXY10_COUNT } from './io.ts'
import { measureIo } from './io-rows.ts'
import { LineProcess } from './line-process.ts'
import { measureNoise } from './noise.ts'
import { measureWaiting } from './noise-waiting.ts'
import { printReport, type Report, type WorkResult } from './report.ts'
import { measureStartUp } from './startup.ts'
import { summarise } from './statistics.ts'
import { LAYOUTS, TorchPeer } from './torch-peer.ts'
import { WORKS, type Work } from './works.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    threads: { type: 'string', default: '2' },
    full: { type: 'boolean', default: false },
    'peer-keeps-memory': { type: 'boolean', default: false },
  },
})
const [rounds, seconds, threads] = [values.rounds, values.seconds, values.threads].map(positive)
/** Beside this file once they are built. */
const WORK_PROCESS = join(import.meta.dirname, 'work-process.js')

const GROUPS = [...WORKS.map(({ name }) => name), 'agreement', 'io', 'noise', 'startup']
const wanted = new Set(values.only?.split(',') ?? GROUPS)
for (const name of wanted) {
  if (!GROUPS.includes(name)) throw new Error(`--only ${name}: there are ${GROUPS.join(', ')}.`)
}

const WITHOUT_PEER = ['io', 'noise', 'startup']
const hasPeer = [...wanted].some((name) => !WITHOUT_PEER.includes(name))
const peer = hasPeer ? await TorchPeer.start(threads!, values['peer-keeps-memory']) : undefined
if (hasPeer && peer === undefined) {
  process.stderr.write('PyTorch is not measured: no torch in Python (name one with PUREGALAXY_PYTHON).\n')
}
const loadBefore = loadavg()
const engines = await listEngines()
const works: WorkResult[] = []
for (const work of WORKS.filter(({ name }) => wanted.has(name))) {
  const reason = engines.find(({ name }) => name === work.engine)?.reason
  if (reason) process.stderr.write(`${work.title} is not measured: ${reason}\n`)
  else works.push(await measureWork(work))
}
const agreement = peer && wanted.has('agreement') ? await measureAgreement(peer) : undefined
peer?.stop()
const io = wanted.has('io') ? await measureIo(values.full ? GALAXY10_COUNT : FOUR_SLABS) : []
const noise = wanted.has('noise') ? measureNoise(seconds!) : []
const noiseWaiting = wanted.has('noise') ? await measureWaiting(threads!) : []
const startUp = wanted.has('startup') ? await measureStartUp(4 * rounds!) : []
const report: Report = {
  date: new Date().toISOString(),
  machine: { cpu: cpus()[0]?.model, cores: cpus().length, loadBefore, loadAfter: loadavg() },
  versions: { node: process.version, torch: peer?.version ?? null },
  options: { rounds, seconds, threads, peerKeepsMemory: values['peer-keeps-memory'] },
  works,
  agreement: agreement ?? [],
  io,
  noise,
  noiseWaiting,
  startUp,
}
await mkdir('bench/results', { recursive: true })
const path = join('bench', 'results', `${report.date.replaceAll(':', '-')}.json`)
await writeFile(path, `${JSON.stringify(report, null, 2)}\n`)
printReport(report)
console.log(`\n${path}`)

async function measureWork(work: Work): Promise<WorkResult> {
  // XLA's CPU plugin as the command line runs it.
  const env = { ...process.env, ...(work.engine === 'xla' ? MEMORY_SETTINGS : {}) }
  const own = new LineProcess(process.execPath, [WORK_PROCESS, work.name, String(threads)], env)
  const rate = (times: readonly number[]) => summarise(times.map((time) => work.batch / time))
  const all: number[] = []
  const torch = new Map(LAYOUTS.map((layout) => [layout, [] as number[]]))
  const ratios: number[] = []
  for (let round = 0; round < rounds!; round++) {
    process.stderr.write(`${work.title}: round ${round + 1} of ${rounds}\n`)
    const times = await own.ask<number[]>(String(seconds))
    all.push(...times)
    if (peer === undefined) continue
    let best = 0
    for (const [layout, times] of torch) {
      const measured = await peer.measure(work.peer, layout, seconds!)
      times.push(...measured)
      best = Math.max(best, rate(measured).median)
    }
    ratios.push(rate(times).median / best)
  }
  own.stop()
  const common = { work: work.title, puregalaxy: rate(all), floor: work.floor }
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

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`${text} is no number above 0.`)
  return value
}
