import {
  type PredictionContext,
  type PredictionRow,
  predictionCells,
  predictionColumns,
} from '../io/catalogue/prediction-row.ts'
import type { Outcome } from './classify-upload.ts'

/** A row as an object, its keys in the order of the columns; with `top` the most probable classes in place of p_…. */
export function namedRow(
  row: PredictionRow,
  context: PredictionContext,
  top: number | undefined,
): Record<string, unknown> {
  const columns = predictionColumns(context.classes)
  const cells = predictionCells(row, context)
  const named = columns.map((column, at): [string, unknown] => [column, cells[at]])
  if (top === undefined) return Object.fromEntries(named)
  const { slugs } = context.classes
  const first = columns.indexOf(`p_${slugs[0]}`)
  const probabilities = cells.slice(first, first + slugs.length) as (number | null)[]
  const best = slugs
    .map((slug, at) => ({ class: slug, probability: probabilities[at]! }))
    .sort((one, other) => other.probability - one.probability)
    .slice(0, top)
  named.splice(first, slugs.length, ['top', row.probabilities === undefined ? null : best])
  return Object.fromEntries(named)
}

/**
 * Rows as they come, in order, one JSON object a line, no faster than they are read.
 *
 * @param leave called when the reader goes away before the last
 */
export function streamRows(
  outcomes: readonly Promise<Outcome>[],
  line: (outcome: Outcome) => Record<string, unknown>,
  leave: () => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let next = 0
  return new ReadableStream({
    async pull(controller) {
      const outcome = outcomes[next++]
      if (outcome === undefined) controller.close()
      else controller.enqueue(encoder.encode(`${JSON.stringify(line(await outcome))}\n`))
    },
    cancel: leave,
  })
}
