/**
 * Measures `puregalaxy serve` over loopback, with the load from a second process:
 *
 *     npm run bench:api -- [--rounds 5] [--seconds 4] [--size 128]
 *     npm run bench:api -- --soak 20 [--leak]
 *
 * The first runs PURe34 with its first weights on pictures of 256 px, beside the engine and decoder alone; the second watches the
 * memory of a server with the model that ships for so many minutes, and with `--leak` must find the leak that it was given.
 * Prints what was reached of what is asked for, and writes bench/results/api-<time>.json.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type ApiFigures, measureApi } from './api/measure.ts'
import { growthOf, type SoakFigures, soak } from './api/soak.ts'
import { writeSubject } from './api/subject.ts'
import type { Summary } from './statistics.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    size: { type: 'string', default: '128' },
    soak: { type: 'string' },
    leak: { type: 'boolean', default: false },
  },
})
const [rounds, seconds, size] = [Number(values.rounds), Number(values.seconds), Number(values.size)]

const folder = await mkdtemp(join(tmpdir(), 'puregalaxy-bench-'))
const loadBefore = loadavg()
try {
  const subject = await writeSubject(folder, size)
  let figures: ApiFigures | SoakFigures
  if (values.soak === undefined) {
    figures = await measureApi(subject, { rounds, seconds })
    printFigures(figures)
  } else {
    figures = await soak(subject.pictures, { folder, minutes: Number(values.soak), leak: values.leak })
    printSoak(figures)
  }
  const date = new Date().toISOString()
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, loadBefore, loadAfter: loadavg() }
  await mkdir('bench/results', { recursive: true })
  const path = join('bench', 'results', `api-${date.replaceAll(':', '-')}.json`)
  await writeFile(path, `${JSON.stringify({ date, machine, options: values, ...figures }, null, 2)}\n`)
  console.log(`\n${path}`)
} finally {
  await rm(folder, { recursive: true })
}

function printFigures({ throughput, latency, overload }: ApiFigures): void {
  console.log(`throughput, pictures/s: served ${spread(throughput.served)}, bare ${spread(throughput.bare)}`)
  console.log(
    `  ratio ${spread(throughput.ratio)}, at least 0.85: ${verdict(throughput.ratio.median >= 0.85)}`,
  )
  console.log(`latency, ms: served ${spread(latency.served)}, bare ${spread(latency.bare)}`)
  console.log(
    `  difference ${spread(latency.difference)}, at most 5: ${verdict(latency.difference.median <= 5)}`,
  )
  console.log(`overload, ${spread(overload.rate)} requests/s: ${overload.refusals} refused`)
  console.log(
    `  goodput ${spread(overload.goodput)} of the peak, at least 0.9: ${verdict(overload.goodput.median >= 0.9)}`,
  )
  const { p99, longest } = overload.refused
  console.log(
    `  refused within ${spread(overload.refused)} ms, 99 % within ${p99.toFixed(1)}, all within ${longest.toFixed(1)}, at most 50: ${verdict(overload.refusals > 0 && longest <= 50)}`,
  )
  console.log(
    `  at most ${overload.mostQueued} pictures queued and ${overload.mostRequests} requests in work; other ends: ${JSON.stringify(overload.others)}`,
  )
}

/** Ends with exit code 1 where memory grows and should not, or does not and should. */
function printSoak({ requests, server, engine }: SoakFigures): void {
  console.log(`${requests} requests answered`)
  if (growthOf(server).passed === values.leak) process.exitCode = 1
  for (const [name, series] of Object.entries({ server, engine })) {
    const { whole, late, passed } = growthOf(series)
    const [first, last] = [series[0]!, series.at(-1)!].map((value) => value.toFixed(0))
    console.log(
      `${name}: from ${first} to ${last} MB, ${whole.toFixed(1)} MB after the warm-up, ${late.toFixed(1)} MB in the last quarter: ${passed ? 'flat' : 'GROWS'}`,
    )
  }
}

function spread({ median, quartiles: [lower, upper] }: Summary): string {
  return `${median.toPrecision(3)} (${lower.toPrecision(3)} to ${upper.toPrecision(3)})`
}

function verdict(reached: boolean): string {
  return reached ? 'reached' : 'MISSED'
}
