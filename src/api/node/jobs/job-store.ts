import type { JobFigures } from '../../observer.ts'
import type { Job, JobItem, JobResult, JobRow, JobSource } from './job.ts'

/** What is known of a job before its rows. */
export interface NewJob extends Pick<Job, 'owner' | 'source' | 'model' | 'modelVersion' | 'classes'> {
  readonly idempotencyKey?: string
}

/** A job whose rows may be added, or the one that was sent before with the same idempotency key. */
export type BegunJob =
  | { readonly id: string; readonly known?: undefined }
  | { readonly known: Job; readonly fingerprint: string }

/** Rows of one job to be worked on. Nobody else has them until they are completed or released. */
export interface Chunk {
  readonly job: Job
  readonly rows: readonly JobRow[]
}

/** What a worker can work on. */
export interface ClaimOptions {
  /** Models by name and version. */
  readonly models: readonly { readonly name: string; readonly version: string }[]
  readonly sources: readonly JobSource[]
  /** Jobs to be passed over for now. */
  readonly except: readonly string[]
  /** Most rows. */
  readonly rows: number
}

/** How much there is, and how much to do. */
export interface StoreFigures {
  /** Jobs that are final, by state. */
  readonly final: Readonly<Record<'done' | 'cancelled', number>>
  /** Open jobs, those together that are alike in what is named. */
  readonly open: readonly OpenJobs[]
  readonly bytes: number
}

export interface OpenJobs extends Pick<Job, 'state' | 'source' | 'model' | 'modelVersion'> {
  readonly jobs: number
  /** Rows without a result. */
  readonly rows: number
  /** When the first of them was accepted. */
  readonly created: number
}

/**
 * Where jobs are kept, and the queue of their rows. A store keeps what it has answered: what `accept` and `complete` promised
 * outlives the process, however it ends, and each row of a job gets one result. How rows are classified, who may ask and
 * what is answered is not its concern. This one is a database in the process (`sqlite/`); one that several servers share
 * lets claims of a server that is gone expire.
 */
export interface JobStore {
  /** Why what it stores would not be found again, where that is so: its folder was moved or removed. */
  readonly unavailable: string | undefined
  /**
   * Makes room for a job. Until it is accepted nobody sees it, and it goes when the process ends.
   *
   * @throws PureGalaxyError `api.idempotency-key-in-use` while a job with the same key is being sent, `api.too-many-jobs`,
   *   `api.jobs.full`, `api.jobs.moved`
   */
  begin(job: NewJob): Promise<BegunJob>
  /** Adds rows, in order. @throws PureGalaxyError `api.jobs.full` */
  append(id: string, items: readonly JobItem[]): Promise<void>
  /**
   * Queues the job.
   *
   * @param fingerprint of its rows, by which the same rows are known when they are sent again
   * @throws PureGalaxyError `api.jobs.moved` where it would not be found again
   */
  accept(id: string, fingerprint: string): Promise<Job>
  /** Drops a job that is not accepted. */
  discard(id: string): Promise<void>

  find(id: string, owner: string): Promise<Job | undefined>
  /**
   * Jobs of an owner, the newest first.
   *
   * @param before id of a job of the owner: only older ones
   * @throws PureGalaxyError `api.no-such-job`
   */
  list(owner: string, options: { readonly limit: number; readonly before?: string }): Promise<Job[]>
  /** Results in order of rows from a row on, as far as no row before them waits; those of a final job all. */
  results(id: string, options: { readonly from: number; readonly limit: number }): Promise<JobResult[]>
  /** Ends an open job; rows with results keep them. */
  cancel(id: string): Promise<void>
  /** Removes a job; nobody sees it any more. */
  remove(id: string): Promise<void>

  /** The next rows of the job whose turn it is: jobs take turns. */
  claim(options: ClaimOptions): Promise<Chunk | undefined>
  /** Stores results of claimed rows, all or none of them. @returns the job after it, undefined where it was not open any more */
  complete(chunk: Chunk, results: readonly JobResult[]): Promise<Job | undefined>
  /** Gives claimed rows back. */
  release(chunk: Chunk): Promise<void>

  /**
   * Removes jobs that did not change since then, and what is left of others; open jobs only where they could have changed:
   * the store was open all that time.
   */
  expire(before: number): Promise<void>
  /** Removes what is left of jobs that nobody sees. @throws PureGalaxyError `api.jobs.full` where there is no room for more jobs then */
  tidy(): Promise<void>
  figures(): Promise<StoreFigures>
  /** Calls that failed since it was opened: for want of room, or by no fault of who called. */
  readonly failures: Readonly<JobFigures['storeFailures']>
  /** Tells of each job that is accepted or changed; returns a function that ends it. */
  watch(listener: (id: string) => void): () => void
  close(): Promise<void>
}
