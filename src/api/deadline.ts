import { PureGalaxyError } from '../errors.ts'

/** The end of a request's time: its signal is aborted when the time is up (`api.deadline`) or the client is gone (`api.gone`). */
export interface Deadline {
  readonly signal: AbortSignal
  /** To be called when the client turns out to be gone. */
  leave(): void
  /** To be called when the request has ended. */
  clear(): void
}

/** @param client aborted when the client goes away */
export function startDeadline(milliseconds: number, client: AbortSignal): Deadline {
  const controller = new AbortController()
  const timer = setTimeout(
    () =>
      controller.abort(
        new PureGalaxyError(
          'api.deadline',
          `The request was not done within ${milliseconds / 1000} s. Send fewer pictures, or try again when the server has less to do.`,
        ),
      ),
    milliseconds,
  )
  const leave = () => controller.abort(new PureGalaxyError('api.gone', 'The client closed the connection.'))
  if (client.aborted) leave()
  else client.addEventListener('abort', leave, { once: true })
  return {
    signal: controller.signal,
    leave,
    clear: () => {
      clearTimeout(timer)
      client.removeEventListener('abort', leave)
    },
  }
}
