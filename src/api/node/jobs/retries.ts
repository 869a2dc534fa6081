import { problemOf } from '../../problem.ts'
import type { RowOutcome } from './classify-rows.ts'

/** What becomes of the rows of a chunk. */
export interface Verdict {
  /** Outcomes that are the rows' results. */
  readonly settled: readonly RowOutcome[]
  /** Why the others are tried again, where there are any. */
  readonly hindrance?: unknown
}

/** Milliseconds of the first and the longest pause of a job whose rows are to be tried again. */
const [FIRST_PAUSE, LONGEST_PAUSE] = [1000, 60_000]

/** Milliseconds for which a job is tried again when not one row of it is classified; the second where all of them failed beside others. */
const [PATIENCE, SUSPECT_PATIENCE] = [3_600_000, 60_000]

/** Times that a row is tried while others beside it are classified. */
const ATTEMPTS = 3

interface Pause {
  /** When a row was classified last before it. */
  readonly since: number
  readonly length: number
  readonly until: number
  readonly reason: string
}

/**
 * Tells failures that may pass from results. A failure of a status below 500 is the row's own. Any other is tried again:
 * where nothing of a chunk is classified, what rows need is broken, and the job pauses, longer each time, for an hour in
 * all; where others are classified it may be the row after all, which has three tries, not counting those that ended
 * with 503, which says "not now". Where only such rows are left there are no others to tell by, and they have a minute.
 * Times are milliseconds.
 */
export class Retries {
  readonly #pauses = new Map<string, Pause>()
  readonly #attempts = new Map<string, Map<number, number>>()

  /** @param job its id */
  judge(job: string, outcomes: readonly RowOutcome[], now: number): Verdict {
    const classified = outcomes.some(({ failure }) => failure === undefined)
    const before = classified ? undefined : this.#pauses.get(job)
    const patience = this.#suspects(job, outcomes) ? SUSPECT_PATIENCE : PATIENCE
    const patient = before === undefined || now - before.since <= patience
    const [settled, others]: [RowOutcome[], RowOutcome[]] = [[], []]
    for (const outcome of outcomes) {
      const again = mayPass(outcome) && (classified ? !this.#exhausted(job, outcome) : patient)
      ;(again ? others : settled).push(outcome)
    }
    const hindrance = others[0]?.failure
    if (hindrance === undefined) {
      this.#pauses.delete(job)
      return { settled }
    }
    const length = before === undefined ? FIRST_PAUSE : Math.min(2 * before.length, LONGEST_PAUSE)
    const reason = problemOf(hindrance).detail
    this.#pauses.set(job, { since: before?.since ?? now, length, until: now + length, reason })
    return { settled, hindrance }
  }

  /** Ids of the jobs that pause. */
  paused(now: number): string[] {
    return [...this.#pauses].flatMap(([job, { until }]) => (until > now ? [job] : []))
  }

  /** Why rows of a job are to be tried again. */
  reasonOf(job: string): string | undefined {
    return this.#pauses.get(job)?.reason
  }

  /** To be called when a job has ended. */
  forget(job: string): void {
    this.#pauses.delete(job)
    this.#attempts.delete(job)
  }

  /** Whether every row that is to be tried again has failed beside others. */
  #suspects(job: string, outcomes: readonly RowOutcome[]): boolean {
    const attempts = this.#attempts.get(job)
    return outcomes.every((outcome) => !mayPass(outcome) || attempts?.has(outcome.result.row))
  }

  #exhausted(job: string, { result: { row }, failure }: RowOutcome): boolean {
    if (problemOf(failure).status === 503) return false
    const attempts = this.#attempts.get(job) ?? new Map<number, number>()
    this.#attempts.set(job, attempts)
    const count = (attempts.get(row) ?? 0) + 1
    if (count < ATTEMPTS) attempts.set(row, count)
    else attempts.delete(row)
    return count >= ATTEMPTS
  }
}

const mayPass = ({ failure }: RowOutcome): boolean =>
  failure !== undefined && problemOf(failure).status >= 500
