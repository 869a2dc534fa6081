/**
 * Measures `puregalaxy serve` over loopback, with the load from a second process, beside the engine and decoder alone:
 *
 *     npm run bench:api -- [--rounds 5] [--seconds 4] [--size 128]
 *
 * PURe34 with its first weights, pictures of 256 px. Prints what was reached of what is asked for, and writes
 * bench/results/api-<time>.json.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureApi } from './api/measure.ts'
import { writeSubject } from './api/subject.ts'
import type { Summary } from './statistics.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    size: { type: 'string', default: '128' },
  },
})
const [rounds, seconds, size] = [Number(values.rounds), Number(values.seconds), Number(values.size)]

const folder = await mkdtemp(join(tmpdir(), 'puregalaxy-bench-'))
const loadBefore = loadavg()
try {
  const figures = await measureApi(await writeSubject(folder, size), { rounds, seconds })
  const { throughput, latency, overload } = figures
  const spread = ({ median, quartiles: [lower, upper] }: Summary) =>
    `${median.toPrecision(3)} (${lower.toPrecision(3)} to ${upper.toPrecision(3)})`
  const verdict = (reached: boolean) => (reached ? 'reached' : 'MISSED')
  console.log(`throughput, pictures/s: served ${spread(throughput.served)}, bare ${spread(throughput.bare)}`)
  console.log(
    `  ratio ${spread(throughput.ratio)}, at least 0.85: ${verdict(throughput.ratio.median >= 0.85)}`,
  )
  console.log(`latency, ms: served ${spread(latency.served)}, bare ${spread(latency.bare)}`)
  console.log(
    `  difference ${spread(latency.difference)}, at most 5: ${verdict(latency.difference.median <= 5)}`,
  )
  console.log(`overload, ${overload.rate.toFixed(0)} requests/s: ${overload.refusals} refused`)
  console.log(
    `  goodput ${overload.goodput.toFixed(2)} of the peak, at least 0.9: ${verdict(overload.goodput >= 0.9)}`,
  )
  const { p99, longest } = overload.refused
  console.log(
    `  refused within ${spread(overload.refused)} ms, 99 % within ${p99.toFixed(1)}, all within ${longest.toFixed(1)}, at most 50: ${verdict(overload.refusals > 0 && longest <= 50)}`,
  )
  console.log(
    `  at most ${overload.mostQueued} pictures queued and ${overload.mostRequests} requests in work; other ends: ${JSON.stringify(overload.others)}`,
  )
  const date = new Date().toISOString()
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, loadBefore, loadAfter: loadavg() }
  await mkdir('bench/results', { recursive: true })
  const path = join('bench', 'results', `api-${date.replaceAll(':', '-')}.json`)
  await writeFile(path, `${JSON.stringify({ date, machine, options: values, ...figures }, null, 2)}\n`)
  console.log(`\n${path}`)
} finally {
  await rm(folder, { recursive: true })
}
