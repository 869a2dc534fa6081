import { PureGalaxyError } from '../errors.ts'
import type { PredictionContext } from '../io/catalogue/prediction-row.ts'
import type { Cutout } from '../survey/cutout.ts'
import { namedRow, streamRows } from './answer-rows.ts'
import type { Batcher } from './batcher.ts'
import { classifyUpload, type Outcome } from './classify-upload.ts'
import type { CutoutSource } from './cutout-source.ts'
import { type Deadline, startDeadline } from './deadline.ts'
import type { Gate } from './gate.ts'
import type { Client } from './keys.ts'
import type { ApiLimits } from './limits.ts'
import type { Observer } from './observer.ts'
import { problemOf } from './problem.ts'
import { readBody } from './read-body.ts'
import { readUpload, uploadKind } from './read-upload.ts'
import { classifyQuery, validate } from './schemas.ts'
import type { PictureDecoder, ServedModel } from './served-model.ts'
import type { TraceContext } from './trace-context.ts'
import { Turns } from './turns.ts'

export interface ClassifyRouteOptions {
  readonly limits: ApiLimits
  readonly gate: Gate
  readonly decode: PictureDecoder
  readonly cutouts: CutoutSource
  /** @throws PureGalaxyError `api.no-such-model` */
  readonly find: (model: string | undefined) => { readonly model: ServedModel; readonly batcher: Batcher }
  readonly observer: Observer
}

/** Who asks. */
export interface Caller {
  readonly requestId: string
  /** Where there are keys. */
  readonly client?: Client
  /** The trace that the request belongs to. */
  readonly trace?: TraceContext
  /** Told how many pictures were sent. */
  readonly onPictures: (count: number) => void
}

/** `POST /v1/classify`, from the request to the answer. */
export function classifyRoute(options: ClassifyRouteOptions) {
  const { limits, gate, decode, cutouts, find, observer } = options
  const decoders = new Turns(limits.decoders)

  return async function classify(request: Request, caller: Caller): Promise<Response> {
    const query = validate(classifyQuery, Object.fromEntries(new URL(request.url).searchParams), 'query')
    const { model, batcher } = find(query.model)
    if (model.unavailable !== undefined) throw new PureGalaxyError('api.engine', model.unavailable)
    const contentType = request.headers.get('content-type') ?? ''
    const kind = uploadKind(contentType)
    const admission = gate.enter(caller.client)
    const deadline = startDeadline(limits.deadline, request.signal)
    const { signal } = deadline
    let outcomes: Promise<Outcome>[] = []
    try {
      const body = await readBody(request, { limit: limits.bodyBytes, admission, signal })
      const { pictures, single } = readUpload(kind, body, contentType, limits)
      caller.onPictures(pictures.length)
      admission.spend(pictures.length)
      const places = batcher.admit(pictures.length, signal)
      const fetchCutout = async (cutout: Cutout) => {
        const bytes = await cutouts.fetch(cutout, signal, caller.trace)
        admission.hold(bytes.length)
        return bytes
      }
      outcomes = classifyUpload(pictures, { model, places, fetchCutout, decode, decoders, limits, signal })
      for (const outcome of outcomes) void outcome.then((done) => observe(done, model, caller.requestId))
      const context = { classes: model.classes, model: model.name, modelVersion: model.version }
      if (single) failWith(await outcomes[0]!)
      return await answer(request, outcomes, context, query.top, deadline)
    } finally {
      void Promise.all(outcomes).then(() => {
        deadline.clear()
        admission.leave()
      })
    }
  }

  function observe({ failure }: Outcome, model: ServedModel, requestId: string): void {
    const status = failure === undefined ? 200 : problemOf(failure).status
    observer.picture?.(model.name, status === 200 ? 'classified' : status < 500 ? 'refused' : 'failed')
    if (status === 500) observer.failure?.(failure, requestId)
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
  return (accept ?? '').split(',').some((type) => /^\s*application\/x-ndjson\s*(;|$)/i.test(type))
}
