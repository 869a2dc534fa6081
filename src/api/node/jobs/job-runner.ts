import { setMaxListeners } from 'node:events'
import type { AppServices, ServedBatches } from '../../app-extension.ts'
import { Bell } from '../../bell.ts'
import type { PictureOutcome } from '../../observer.ts'
import { problemOf } from '../../problem.ts'
import type { RowClassifier, RowOutcome } from './classify-rows.ts'
import { isFinal, type Job, type JobResult } from './job.ts'
import { JobPace } from './job-pace.ts'
import type { Chunk, JobStore } from './job-store.ts'
import { Retries } from './retries.ts'

/**
 * Rows whose results are stored together: the fewest, with which a server begins (a batch, so that one that does not live long gets on
 * too), the most, and the seconds that they should take.
 */
const CHUNK_ROWS = { fewest: 16, most: 256, seconds: 3 }

/** Chunks in work: the pictures of one are fetched and decoded while the model works on the other. */
const CHUNKS = 2

/** Milliseconds between looks at the queue when nothing tells of rows. */
const LOOK = 1000

/** Milliseconds between tries to store results, the first and the longest. */
const STORE_PAUSE = { first: 1000, longest: 60_000 }

export interface JobRunnerOptions extends Pick<AppServices, 'find' | 'observer'> {
  readonly store: JobStore
  readonly classifier: Pick<RowClassifier, 'classify'>
  /** Models that are served. */
  readonly models: readonly ServedBatches['model'][]
  /** Whether positions can be worked on. */
  readonly positions: boolean
}

/** Works on the rows of jobs, chunk by chunk, jobs taking turns. */
export class JobRunner {
  readonly #options: JobRunnerOptions
  readonly #abort = new AbortController()
  readonly #retries = new Retries()
  readonly #paces = new Map<string, JobPace>()
  /** Why results of a job are not stored. */
  readonly #unstored = new Map<string, string>()
  #stopping = false
  #rows = CHUNK_ROWS.fewest
  #work: Promise<unknown> = Promise.resolve()
  readonly #news = new Bell()
  readonly #outcomes: Record<PictureOutcome, number> = { classified: 0, refused: 0, failed: 0 }

  constructor(options: JobRunnerOptions) {
    this.#options = options
  }

  start(): void {
    this.#options.store.watch(() => this.#news.ring())
    this.#work = Promise.all(Array.from({ length: CHUNKS }, () => this.#loop()))
  }

  /** Begins nothing more; resolves when the chunks in work are stored. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#news.ring()
    await this.#work
  }

  /** The same, but gives up the chunks in work. */
  async abort(): Promise<void> {
    this.#abort.abort(new Error('jobs are closed'))
    await this.stop()
  }

  /** Why nobody here can work on a job, or undefined where somebody can. */
  stall({ model, modelVersion, source }: Pick<Job, 'model' | 'modelVersion' | 'source'>): string | undefined {
    const { models, positions } = this.#options
    if (!models.some(({ name, version }) => name === model && version === modelVersion))
      return `Version ${modelVersion} of the model ${model} is not served now. The job goes on when it is.`
    if (source === 'catalogue' && !positions)
      return 'This server has no source of cut-outs now. The job goes on when it has.'
    return undefined
  }

  /** Why a job is not worked on at the moment. */
  pauseOf(id: string): string | undefined {
    return this.#unstored.get(id) ?? this.#retries.reasonOf(id)
  }

  /** To be called when a job has ended otherwise than by its last row. */
  forget(id: string): void {
    this.#paces.delete(id)
    this.#retries.forget(id)
  }

  /** Rows a second of a job, as far as known. */
  rateOf(id: string): number | undefined {
    return this.#paces.get(id)?.rate
  }

  /** Rows whose results were stored, by what became of them. */
  get outcomes(): Readonly<Record<PictureOutcome, number>> {
    return this.#outcomes
  }

  async #loop(): Promise<void> {
    const { store, observer, models, positions } = this.#options
    while (!this.#stopping) {
      try {
        const chunk = await store.claim({
          models: models.map(({ name, version }) => ({ name, version })),
          sources: positions ? ['catalogue', 'pictures'] : ['pictures'],
          except: this.#retries.paused(Date.now()),
          rows: this.#rows,
        })
        if (chunk === undefined) await this.#look()
        else await this.#classify(chunk)
      } catch (error) {
        if (this.#abort.signal.aborted) return
        observer.failure(error, 'jobs')
        await this.#look()
      }
    }
  }

  async #classify(chunk: Chunk): Promise<void> {
    const { store, classifier, find } = this.#options
    const { job, rows } = chunk
    const started = performance.now() / 1000
    const abort = new AbortController()
    // Every row of a chunk listens.
    setMaxListeners(0, abort.signal)
    const stop = () => abort.abort(this.#abort.signal.reason)
    this.#abort.signal.addEventListener('abort', stop)
    if (!this.#paces.has(job.id)) this.#paces.set(job.id, new JobPace(started))
    try {
      const outcomes = await classifier.classify(rows, find(job.model), abort.signal)
      const { settled, hindrance } = this.#retries.judge(job.id, outcomes, Date.now())
      if (settled.length > 0) await this.#complete(chunk, settled, started)
      if (hindrance !== undefined && problemOf(hindrance).status === 500)
        this.#options.observer.failure(hindrance, `job ${job.id}`)
    } finally {
      this.#abort.signal.removeEventListener('abort', stop)
      // What has no result now waits again.
      await store.release(chunk)
    }
  }

  /** @param started seconds */
  async #complete(chunk: Chunk, outcomes: readonly RowOutcome[], started: number): Promise<void> {
    const { job } = chunk
    const after = await this.#store(
      chunk,
      outcomes.map(({ result }) => result),
    )
    const now = performance.now() / 1000
    this.#paces.get(job.id)?.add(outcomes.length, now)
    this.#rows = chunkRows(outcomes.length, now - started)
    if (after === undefined || isFinal(after)) this.forget(job.id)
    for (const outcome of outcomes) this.#observe(outcome, job)
  }

  /**
   * Stores results; where that fails (a full disk), tries again until it does not: their pictures would be fetched and
   * classified once more otherwise, and again, for as long as it fails.
   *
   * @throws the last error where the server is stopped meanwhile: the rows wait again
   */
  async #store(chunk: Chunk, results: readonly JobResult[]): Promise<Job | undefined> {
    const { store, observer } = this.#options
    const { id } = chunk.job
    try {
      for (let pause = STORE_PAUSE.first; ; pause = Math.min(2 * pause, STORE_PAUSE.longest)) {
        try {
          return await store.complete(chunk, results)
        } catch (error) {
          if (this.#stopping) throw error
          observer.failure(error, `job ${id}`)
          this.#unstored.set(id, problemOf(error).detail)
          await this.#news.wait(pause)
        }
      }
    } finally {
      this.#unstored.delete(id)
    }
  }

  #observe({ failure }: RowOutcome, { model }: Job): void {
    const refused = failure !== undefined && problemOf(failure).status < 500
    const outcome = failure === undefined ? 'classified' : refused ? 'refused' : 'failed'
    this.#outcomes[outcome]++
    this.#options.observer.picture(model, outcome)
  }

  async #look(): Promise<void> {
    if (!this.#stopping) await this.#news.wait(LOOK)
  }
}

/** How many rows to take next, when so many took so long: few are lost when the server is stopped, and few transactions made. */
function chunkRows(rows: number, seconds: number): number {
  const { fewest, most, seconds: wanted } = CHUNK_ROWS
  const grown = Math.min((rows * wanted) / seconds, 2 * rows)
  return Math.round(Math.min(most, Math.max(fewest, grown)))
}
