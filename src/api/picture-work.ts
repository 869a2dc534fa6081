import { PureGalaxyError } from '../errors.ts'
import type { Cutout } from '../survey/cutout.ts'
import type { ServedBatches } from './app-extension.ts'
import { classifyUpload, type Outcome, type SentPicture } from './classify-upload.ts'
import type { CutoutSource } from './cutout-source.ts'
import { type Deadline, startDeadline } from './deadline.ts'
import type { Gate } from './gate.ts'
import type { Client } from './keys.ts'
import type { ApiLimits } from './limits.ts'
import type { Observer } from './observer.ts'
import { problemOf } from './problem.ts'
import { readBody } from './read-body.ts'
import type { PictureDecoder, ServedModel } from './served-model.ts'
import type { TraceContext } from './trace-context.ts'
import { Turns } from './turns.ts'

export interface PictureWorkOptions {
  readonly limits: ApiLimits
  readonly gate: Gate
  readonly decode: PictureDecoder
  readonly cutouts: CutoutSource
  readonly observer: Observer
}

/** Who asks. */
export interface Caller {
  /** Where there are keys. */
  readonly client?: Client
  /** The trace that the request belongs to. */
  readonly trace?: TraceContext
  /** Told how many pictures were sent. */
  readonly onPictures: (count: number) => void
  /** Told of a failure that is no fault of the request. */
  readonly onFailure: (error: unknown) => void
}

/** What is a route's own between a request and its answer. */
export interface WorkSteps {
  /** The pictures of a body, in order. */
  readonly read: (body: Uint8Array) => readonly SentPicture[]
  /** The answer; outcomes are as many as the pictures, in order, and none rejects. */
  readonly answer: (outcomes: readonly Promise<Outcome>[], deadline: Deadline) => Promise<Response>
}

/** Has the pictures of a request classified: within the limits, before its deadline, and seen by the observer. */
export type PictureWork = (
  request: Request,
  caller: Caller,
  target: ServedBatches,
  steps: WorkSteps,
) => Promise<Response>

/** Work on pictures as every route has it done, with what all of them share. */
export function pictureWork(options: PictureWorkOptions): PictureWork {
  const { limits, gate, decode, cutouts, observer } = options
  // Over all models; a batcher lets in as many for its own.
  const decoders = new Turns(limits.decoders)

  return async function work(request, caller, { model, batcher }, { read, answer }) {
    if (model.unavailable !== undefined) throw new PureGalaxyError('api.engine', model.unavailable)
    const admission = gate.enter(caller.client)
    const deadline = startDeadline(limits.deadline, request.signal)
    const { signal } = deadline
    let outcomes: Promise<Outcome>[] = []
    try {
      const body = await readBody(request, { limit: limits.bodyBytes, admission, signal })
      const pictures = read(body)
      caller.onPictures(pictures.length)
      const places = batcher.admit(pictures.length, signal)
      admission.spend(pictures.length)
      const fetchCutout = async (cutout: Cutout) => {
        const bytes = await cutouts.fetch(cutout, signal, caller.trace)
        admission.hold(bytes.length)
        return bytes
      }
      outcomes = classifyUpload(pictures, { model, places, fetchCutout, decode, decoders, limits, signal })
      for (const outcome of outcomes) void outcome.then((done) => observe(done, model, caller))
      return await answer(outcomes, deadline)
    } finally {
      void Promise.all(outcomes).then(() => {
        deadline.clear()
        admission.leave()
      })
    }
  }

  function observe({ failure }: Outcome, model: ServedModel, { onFailure }: Caller): void {
    const status = failure === undefined ? 200 : problemOf(failure).status
    observer.picture?.(model.name, status === 200 ? 'classified' : status < 500 ? 'refused' : 'failed')
    if (status === 500) onFailure(failure)
  }
}
