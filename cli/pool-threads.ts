import type { CommandContext } from './context.ts'

/** Threads that libuv has where nothing is said. */
const DEFAULT_THREADS = 4

/** Threads beside those that decode pictures of requests: for look-ups of names, and for pictures of jobs and cut-outs. */
const OTHER_WORK = 4

/**
 * Has a command run with threads enough for so many pictures decoded at once. Node reads their number when it starts, so the
 * program starts anew; to be called before the command has done anything. It does not where the user has set the number
 * (`UV_THREADPOOL_SIZE`).
 *
 * @returns how many are decoded at once, where that are fewer: it could not start anew, or the user's number is smaller
 */
export async function poolThreads(
  { terminal }: CommandContext,
  decoders: number,
): Promise<number | undefined> {
  const { UV_THREADPOOL_SIZE: set } = process.env
  const threads = Number(set ?? DEFAULT_THREADS)
  if (decoders <= threads) return undefined
  if (set === undefined) await terminal.restart?.({ UV_THREADPOOL_SIZE: String(decoders + OTHER_WORK) })
  return threads
}
