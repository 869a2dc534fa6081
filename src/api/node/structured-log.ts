import { type Logger, pino } from 'pino'
import type { Observer } from '../observer.ts'

/** A log of one JSON object a line. */
export interface StructuredLog {
  readonly logger: Logger
  /** Logs requests with their numbers and the trace that they belong to, and failures with their stack. */
  readonly observer: Observer
}

/** @param write takes whole lines, each with its line end */
export function structuredLog(write: (line: string) => void): StructuredLog {
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write })
  return {
    logger,
    observer: {
      request({ seconds, ...record }) {
        const level = record.status >= 500 ? 'warn' : 'info'
        logger[level]({ ...record, milliseconds: Math.round(seconds * 1e4) / 10 }, 'request')
      },
      failure: (error, requestId) => logger.error({ requestId, err: error }, 'failure'),
    },
  }
}
