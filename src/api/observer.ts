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
  picture?(model: string, outcome: 'classified' | 'refused' | 'failed'): void
  /** The model ran. */
  run?(model: string, pictures: number, seconds: number): void
  /** Something failed that is no fault of a request. */
  failure?(error: unknown, requestId: string): void
}

/** Figures that are read when they are asked for. */
export interface Gauges {
  /** Requests for classification in work. */
  requests(): number
  /** Pictures admitted and not answered, by model. */
  depths(): ReadonlyMap<string, number>
}
