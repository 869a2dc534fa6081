/**
 * One piece of work on an engine of puregalaxy, in a process of its own, as it runs for a user: what other work has left
 * of the memory does not slow it. Answers each line on stdin, a number of seconds, with the seconds of each repetition.
 *
 *     node bench/build/work-process.js WORK THREADS
 */
import { createInterface } from 'node:readline'
import { prepareWork } from './engine-work.ts'
import { repeatFor } from './statistics.ts'
import { WORKS } from './works.ts'

const [name, threads] = process.argv.slice(2)
const ready = await prepareWork(WORKS.find((work) => work.name === name)!, Number(threads))
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await repeatFor(Number(line), ready.once))}\n`)
}
await ready.dispose()
