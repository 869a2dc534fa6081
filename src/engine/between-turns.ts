import { setImmediate } from 'node:timers/promises'

/**
 * Computes something in one go on the thread that calls it: for its time, minutes for a training step of a deep network,
 * nothing else of the process goes on. Before and after the event loop turns, so that signals, timers and progress are
 * seen between two of them.
 */
export async function betweenTurns<T>(compute: () => T): Promise<T> {
  await setImmediate()
  const result = compute()
  await setImmediate()
  return result
}
