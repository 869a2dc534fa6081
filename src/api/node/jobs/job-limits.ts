import { PureGalaxyError } from '../../../errors.ts'

/** What jobs may take. All are whole numbers above 0. */
export interface JobLimits {
  /** Rows of a job. */
  readonly rows: number
  /** Bytes of the body that brings a job. */
  readonly bodyBytes: number
  /** Milliseconds in which it must arrive. */
  readonly uploadTime: number
  /** Bodies that arrive at once, and of one key. */
  readonly uploads: number
  readonly uploadsPerKey: number
  /** Jobs of one key that are not final; without keys, of all. */
  readonly open: number
  /** Bytes of the database beyond which no more jobs are taken; results may go beyond it. */
  readonly storedBytes: number
  /** Streams of events at once. */
  readonly streams: number
  /** Milliseconds that a job is kept after it changed last. */
  readonly retention: number
}

export const DEFAULT_JOB_LIMITS: JobLimits = {
  rows: 1_000_000,
  bodyBytes: 2 ** 30,
  uploadTime: 600_000,
  uploads: 8,
  uploadsPerKey: 4,
  open: 16,
  storedBytes: 32 * 2 ** 30,
  streams: 128,
  retention: 7 * 24 * 3600 * 1000,
}

/** As many rows as numbers of rows can tell apart. */
export const MOST_ROWS = 2 ** 32

/**
 * The defaults with what is given in their place.
 *
 * @throws PureGalaxyError `api.limits` for one that is no whole number above 0, or more rows than can be counted
 */
export function completeJobLimits(given: Partial<JobLimits> = {}): JobLimits {
  const limits = { ...DEFAULT_JOB_LIMITS, ...given }
  for (const [name, value] of Object.entries(limits)) {
    if (!(Number.isSafeInteger(value) && value >= 1))
      throw new PureGalaxyError(
        'api.limits',
        `The limit ${name} of jobs is ${value}; expected a whole number above 0.`,
      )
  }
  if (limits.rows > MOST_ROWS)
    throw new PureGalaxyError(
      'api.limits',
      `A job has at most ${MOST_ROWS} rows, and ${limits.rows} are allowed.`,
    )
  return limits
}
