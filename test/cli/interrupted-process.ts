import { interruptionSignal } from '../../cli/interruption.ts'

/**
 * A process that computes for so many milliseconds without letting the event loop turn: first when it starts
 * (`before`), then when the first signal was seen (`after`). It prints what it does.
 */
const [before, after] = process.argv.slice(2).map(Number) as [number, number]

function compute(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

const waiting = setTimeout(() => {}, 60_000)
interruptionSignal().addEventListener('abort', () => {
  clearTimeout(waiting)
  setTimeout(() => {
    process.stdout.write('seen\n')
    compute(after)
    process.stdout.write('in order\n')
  }, 20)
})
process.stdout.write('started\n')
compute(before)
