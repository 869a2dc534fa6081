import { parseCutout } from '../survey/cutout.ts'
import type { CutoutSource } from './cutout-source.ts'
import { startDeadline } from './deadline.ts'
import type { Gate } from './gate.ts'
import type { ApiLimits } from './limits.ts'
import { pictureType } from './picture-type.ts'
import type { Caller } from './picture-work.ts'
import { cutoutQuery, validateQuery } from './schemas.ts'

export interface CutoutRouteOptions {
  readonly limits: ApiLimits
  readonly gate: Gate
  readonly cutouts: CutoutSource
}

/** `GET /v1/cutouts`: the very bytes that a classification of the position looks at. */
export function cutoutRoute({ limits, gate, cutouts }: CutoutRouteOptions) {
  return async function fetchCutout(
    request: Request,
    { client, trace }: Pick<Caller, 'client' | 'trace'>,
  ): Promise<Response> {
    const cutout = parseCutout(validateQuery(cutoutQuery, request.url))
    const admission = gate.enter(client)
    const deadline = startDeadline(limits.deadline, request.signal)
    try {
      admission.spend(1)
      const bytes = await cutouts.fetch(cutout, deadline.signal, trace)
      const type = `image/${pictureType(bytes)!.toLowerCase()}`
      return new Response(new Uint8Array(bytes), { headers: { 'content-type': type } })
    } finally {
      deadline.clear()
      admission.leave()
    }
  }
}
