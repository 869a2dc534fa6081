import { setMaxListeners } from 'node:events'
import type { AppServices, ServedBatches } from '../../app-extension.ts'
import { Bell } from '../../bell.ts'
import { problemOf } from '../../problem.ts'
import type { RowClassifier, RowOutcome } from './classify-rows.ts'
import { isFinal, type Job } from './job.ts'
import { JobPace } from './job-pace.ts'
import type { Chunk, JobStore } from './job-store.ts'

/** Rows whose results are stored together: the first, the fewest and the most, and the seconds that they should take. */
const CHUNK_ROWS = { first: 32, fewest: 16, most: 256, seconds: 3 }

/** Chunks in work: the pictures of one are fetched and decoded while the model works on the other. */
const CHUNKS = 2

/** Milliseconds between looks at the queue when nothing tells of rows, and of the first and the longest pause of a job. */
const LOOK = 1000
const [FIRST_PAUSE, LONGEST_PAUSE] = [1000, 60_000]

/** Milliseconds for which rows are tried again, when not one of a chunk is classified and that is not the rows' fault. */
const PATIENCE = 3_600_000

export interface JobRunnerOptions extends Pick<AppServices, 'find' | 'observer'> {
  readonly store: JobStore
  readonly classifier: RowClassifier
  /** Models that are served. */
  readonly models: readonly ServedBatches['model'][]
  /** Whether positions can be worked on. */
  readonly positions: boolean
}

/** A job that is not worked on until a time, as what it needs failed. */
interface Pause {
  readonly since: number
  readonly length: number
  readonly until: number
  readonly reason: string
}

/** Works on the rows of jobs, chunk by chunk, jobs taking turns. */
export class JobRunner {
  readonly #options: JobRunnerOptions
  readonly #abort = new AbortController()
  readonly #pauses = new Map<string, Pause>()
  readonly #paces = new Map<string, JobPace>()
  #stopping = false
  #rows = CHUNK_ROWS.first
  #work: Promise<unknown> = Promise.resolve()
  readonly #news = new Bell()

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
  stall({ model, modelVersion, source }: Job): string | undefined {
    const { models, positions } = this.#options
    if (!models.some(({ name, version }) => name === model && version === modelVersion))
      return `Version ${modelVersion} of the model ${model} is not served now. The job goes on when it is.`
    if (source === 'catalogue' && !positions)
      return 'This server has no source of cut-outs now. The job goes on when it has.'
    return undefined
  }

  /** Why a job is not worked on at the moment. */
  pauseOf(id: string): string | undefined {
    return this.#pauses.get(id)?.reason
  }

  /** Rows a second of a job, as far as known. */
  rateOf(id: string): number | undefined {
    return this.#paces.get(id)?.rate
  }

  async #loop(): Promise<void> {
    const { store, observer, models, positions } = this.#options
    while (!this.#stopping) {
      try {
        const chunk = await store.claim({
          models: models.map(({ name, version }) => ({ name, version })),
          sources: positions ? ['catalogue', 'pictures'] : ['pictures'],
          except: [...this.#pauses].flatMap(([id, { until }]) => (until > Date.now() ? [id] : [])),
          rows: this.#rows,
        })
        if (chunk === undefined) await this.#look()
        else await this.#classify(chunk)
      } catch (error) {
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
      const served = find(job.model)
      const outcomes = await classifier.classify(rows, served, abort.signal)
      const failure = this.#hindrance(job.id, outcomes)
      if (failure !== undefined) throw failure
      const after = await store.complete(
        chunk,
        outcomes.map(({ result }) => result),
      )
      this.#pauses.delete(job.id)
      const now = performance.now() / 1000
      this.#paces.get(job.id)?.add(rows.length, now)
      this.#rows = chunkRows(rows.length, now - started)
      if (after === undefined || isFinal(after)) this.#paces.delete(job.id)
      for (const outcome of outcomes) this.#observe(outcome, job)
    } catch (error) {
      await store.release(chunk)
      if (!abort.signal.aborted) this.#pause(job.id, error)
    } finally {
      this.#abort.signal.removeEventListener('abort', stop)
    }
  }

  /** What keeps a whole chunk from being classified, where it may pass: then it is tried again. */
  #hindrance(id: string, outcomes: readonly RowOutcome[]): unknown {
    if (outcomes.some(({ failure }) => failure === undefined)) return undefined
    const { since } = this.#pauses.get(id) ?? { since: Date.now() }
    if (Date.now() - since > PATIENCE) return undefined
    return outcomes.find(({ failure }) => problemOf(failure).status >= 500)?.failure
  }

  #pause(id: string, failure: unknown): void {
    const before = this.#pauses.get(id)
    const now = Date.now()
    const length = before === undefined ? FIRST_PAUSE : Math.min(2 * before.length, LONGEST_PAUSE)
    const { detail, status } = problemOf(failure)
    this.#pauses.set(id, { since: before?.since ?? now, length, until: now + length, reason: detail })
    if (status === 500) this.#options.observer.failure(failure, `job ${id}`)
  }

  #observe({ failure }: RowOutcome, { model }: Job): void {
    const { observer } = this.#options
    if (failure === undefined) observer.picture(model, 'classified')
    else observer.picture(model, problemOf(failure).status < 500 ? 'refused' : 'failed')
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
