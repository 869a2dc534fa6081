import { availableParallelism } from 'node:os'

/**
 * Environment variables that TensorFlow reads when it is loaded and later, for the life of the process.
 *
 * @returns those to be set; what the user has set stays
 */
export const environmentOf = (): Record<string, string> => ({
  // Errors only: else it greets, counts its instructions and names each GPU on stderr.
  TF_CPP_MIN_LOG_LEVEL: process.env.TF_CPP_MIN_LOG_LEVEL ?? '3',
  // Otherwise it takes all memory of a GPU at once.
  TF_FORCE_GPU_ALLOW_GROWTH: process.env.TF_FORCE_GPU_ALLOW_GROWTH ?? 'true',
})

/** What TensorFlow and its libraries take their number of threads from, once, when they are loaded. */
const THREADS = ['TF_NUM_INTRAOP_THREADS', 'OMP_NUM_THREADS'] as const

/** Threads of operations where none are asked for: what the user has set, else one for each core. */
export function usualThreads(): number {
  const set = THREADS.map((name) => Number(process.env[name])).find(
    (count) => Number.isInteger(count) && count > 0,
  )
  return set ?? availableParallelism()
}

/**
 * Loads TensorFlow with a number of threads. The variables that say so are afterwards what they were: programs that this
 * process starts are not to inherit them.
 *
 * @param threads asked for; without, what the user has set stays
 */
export function loadWithThreads(threads: number | undefined, load: () => void): void {
  const before = THREADS.map((name) => [name, process.env[name]] as const)
  for (const [name, set] of before) process.env[name] = String(threads ?? set ?? usualThreads())
  try {
    load()
  } finally {
    for (const [name, set] of before) {
      if (set === undefined) delete process.env[name]
      else process.env[name] = set
    }
  }
}
