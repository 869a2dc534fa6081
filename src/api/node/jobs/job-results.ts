import { type PredictionsFormat, predictionEncoding } from '../../../io/catalogue/prediction-format.ts'
import { acceptedWeight } from '../../accepted-weight.ts'
import type { Job } from './job.ts'
import type { JobStore } from './job-store.ts'

/** Rows that are read and written together; between them others have their turn. */
const PAGE = 250

const TYPES: Readonly<Record<PredictionsFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson',
}

/**
 * The results of a job, in order of rows, as far as there are any without a gap: the columns of a catalogue. They are read
 * from the store no faster than the client takes them.
 *
 * @param from first row, counted from 0
 */
export function resultsResponse(
  store: Pick<JobStore, 'results'>,
  job: Job,
  { format, from }: { readonly format: PredictionsFormat; readonly from: number },
): Response {
  const encoding = predictionEncoding(format, job)
  const encoder = new TextEncoder()
  let next = from
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      if (encoding.header !== '') controller.enqueue(encoder.encode(encoding.header))
    },
    async pull(controller) {
      const rows = await store.results(job.id, { from: next, limit: PAGE })
      const last = rows.at(-1)
      if (last === undefined) controller.close()
      else {
        next = last.row + 1
        controller.enqueue(encoder.encode(encoding.encode(rows)))
      }
    },
  })
  return new Response(stream, { headers: { 'content-type': TYPES[format] } })
}

/** The format that a client asks for; NDJSON where it does not say. */
export function resultsFormat(accept: string | null): PredictionsFormat {
  return acceptedWeight(accept, 'text/csv') > acceptedWeight(accept, 'application/x-ndjson')
    ? 'csv'
    : 'ndjson'
}
