import { availableParallelism } from 'node:os'

/** Pictures in work at once when nobody says: one a core, and one being read meanwhile. */
export const defaultConcurrency = (): number => availableParallelism() + 1

/**
 * Applies `work` to each item, at most `concurrency` at once, and yields the results in the items' order. Results that
 * wait for a slow one before them count as in work, so never more than `concurrency` exist besides the one handed out. When
 * `work` rejects, iteration throws at that item's place; what is in work then is waited for, so that nothing runs on
 * behind the caller's back.
 *
 * @param items read only as fast as the results are taken
 * @throws what `work` and `items` throw, and the signal's reason
 * @example for await (const size of mapOrdered(paths, 4, async (path) => (await stat(path)).size)) console.log(size)
 */
export async function* mapOrdered<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  concurrency: number,
  work: (item: Item, index: number) => Promise<Result>,
  signal?: AbortSignal,
): AsyncGenerator<Result, void, undefined> {
  const limit = Math.max(1, Math.floor(concurrency))
  const inWork: Promise<Result>[] = []
  let index = 0
  try {
    for await (const item of items) {
      signal?.throwIfAborted()
      const result = work(item, index++)
      // It is awaited in its turn; until then a rejection must not count as unhandled.
      result.catch(() => undefined)
      inWork.push(result)
      if (inWork.length >= limit) yield await (inWork.shift() as Promise<Result>)
    }
    while (inWork.length > 0) {
      signal?.throwIfAborted()
      yield await (inWork.shift() as Promise<Result>)
    }
  } finally {
    await Promise.allSettled(inWork)
  }
}
