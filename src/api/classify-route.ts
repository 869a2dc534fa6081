import type { PredictionContext } from '../io/catalogue/prediction-row.ts'
import { acceptedWeight } from './accepted-weight.ts'
import { namedRow, streamRows } from './answer-rows.ts'
import type { AppServices } from './app-extension.ts'
import type { Outcome } from './classify-upload.ts'
import type { Deadline } from './deadline.ts'
import type { ApiLimits } from './limits.ts'
import type { Caller, PictureWork } from './picture-work.ts'
import { problemOf } from './problem.ts'
import { uploadKind, uploadReader } from './read-upload.ts'
import { classifyQuery, validateQuery } from './schemas.ts'

export interface ClassifyRouteOptions {
  readonly limits: ApiLimits
  readonly find: AppServices['find']
  readonly work: PictureWork
}

/** `POST /v1/classify`, from the request to the answer. */
export function classifyRoute({ limits, find, work }: ClassifyRouteOptions) {
  const readUpload = uploadReader(limits)
  return async function classify(request: Request, caller: Caller): Promise<Response> {
    const query = validateQuery(classifyQuery, request.url)
    const target = find(query.model)
    const { model } = target
    const contentType = request.headers.get('content-type') ?? ''
    const kind = uploadKind(contentType)
    let single = false
    return work(request, caller, target, {
      read(body) {
        const upload = readUpload(kind, body, contentType)
        single = upload.single
        return upload.pictures
      },
      async answer(outcomes, deadline) {
        const context = { classes: model.classes, model: model.name, modelVersion: model.version }
        if (single) failWith(await outcomes[0]!)
        return answer(request, outcomes, context, query.top, deadline)
      },
    })
  }
}

async function answer(
  request: Request,
  outcomes: readonly Promise<Outcome>[],
  context: PredictionContext,
  top: number | undefined,
  { signal, leave }: Deadline,
): Promise<Response> {
  const line = ({ row }: Outcome) => namedRow(row, context, top)
  if (wantsStream(request.headers.get('accept'))) {
    const headers = { 'content-type': 'application/x-ndjson' }
    return new Response(streamRows(outcomes, line, leave), { headers })
  }
  const done = await Promise.all(outcomes)
  signal.throwIfAborted()
  // Not one picture fared as it should, and it was not the pictures: that is no answer.
  if (done.every(({ failure }) => failure !== undefined && isOwnFault(failure))) failWith(done[0]!)
  return Response.json({ predictions: done.map(line) })
}

/** Whether this server cannot do it, or not now. What a survey's server cannot is told of each picture. */
function isOwnFault(failure: unknown): boolean {
  const { status, code } = problemOf(failure)
  return status >= 500 && !code.startsWith('api.cutout.')
}

function failWith({ failure }: Outcome): void {
  if (failure !== undefined) throw failure
}

/** Whether the client asks for rows as they come. */
function wantsStream(accept: string | null): boolean {
  const weight = acceptedWeight(accept, 'application/x-ndjson')
  return weight > 0 && weight >= acceptedWeight(accept, 'application/json')
}
