import type { TraceContext } from './trace-context.ts'

/** A request that was answered, for the log and the metrics. */
export interface RequestRecord extends Partial<TraceContext> {
  readonly requestId: string
  readonly method: string
  /** The route (`/v1/models/:name`), or undefined where there is none. */
  readonly route?: string
  readonly status: number
  /** Until the answer began. */
  readonly seconds: number
  /** Name of the client's key. */
  readonly key?: string
  /** Pictures that were sent. */
  readonly pictures?: number
  /** Code of the error. */
  readonly code?: string
}

/** What watches an API: a log, metrics. All methods are optional and must not throw. */
export interface Observer {
  request?(record: RequestRecord): void
  /** One picture was answered: with probabilities, or an error. */
  picture?(model: string, outcome: PictureOutcome): void
  /** The model ran. */
  run?(model: string, pictures: number, seconds: number): void
  /** Something failed that is no fault of a request. */
  failure?(error: unknown, requestId: string): void
}

/** Several observers as one. */
export function joinObservers(observers: readonly Observer[]): Required<Observer> {
  return {
    request: (...of) => observers.forEach((each) => void each.request?.(...of)),
    picture: (...of) => observers.forEach((each) => void each.picture?.(...of)),
    run: (...of) => observers.forEach((each) => void each.run?.(...of)),
    failure: (...of) => observers.forEach((each) => void each.failure?.(...of)),
  }
}

/** What became of a picture. */
export type PictureOutcome = 'classified' | 'refused' | 'failed'

/** Figures of jobs (docs/api.md). */
export interface JobFigures {
  /** Rows with a result since the process started, but for those that were refused when they came. */
  readonly rows: Readonly<Record<PictureOutcome, number>>
  /** Reads and writes of the store that failed since the process started: for want of room, or otherwise. */
  readonly storeFailures: Readonly<Record<'full' | 'failed', number>>
  /** What is in the store; undefined while it cannot be read. */
  readonly stored?: {
    /** Jobs by the state that clients see. */
    readonly jobs: Readonly<Record<string, number>>
    /** Rows of open jobs that have no result. */
    readonly rowsWaiting: number
    /** Milliseconds since 1970 at which the first of the jobs was accepted of which no row was worked on; undefined for none. */
    readonly waitingSince?: number
    readonly bytes: number
  }
}

/** Figures that are read when they are asked for. */
export interface Gauges {
  /** Where there are jobs. */
  jobs?(): Promise<JobFigures>
  /** Requests for classification in work. */
  requests(): number
  /** Pictures admitted and not answered, by model. */
  depths(): ReadonlyMap<string, number>
}
