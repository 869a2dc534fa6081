import { problemOf, problemResponse } from '../problem.ts'

/** Whether errors of a path have the protocol's form. */
export const isInferencePath = (path: string): boolean => /^\/v2(\/|$)/.test(path)

/**
 * The answer for an error in the protocol's form, `{ "error": "…" }`: with the status that it has elsewhere, but for 422, in whose
 * place the protocol has 400.
 */
export function inferenceError(error: unknown): Response {
  const { status, headers } = problemResponse(error)
  headers.set('content-type', 'application/json')
  return Response.json({ error: problemOf(error).detail }, { status: status === 422 ? 400 : status, headers })
}
