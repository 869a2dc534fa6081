import { PureGalaxyError } from '../../../errors.ts'
import type { AppServices } from '../../app-extension.ts'
import { startDeadline } from '../../deadline.ts'
import { bodyChunks } from '../../read-body.ts'
import { Fingerprint } from './fingerprint.ts'
import { idempotencyKey } from './idempotency-key.ts'
import { inBlocks } from './in-blocks.ts'
import type { Job, JobItem } from './job.ts'
import type { JobLimits } from './job-limits.ts'
import type { JobStore } from './job-store.ts'
import { type ItemReader, itemReader } from './read-items.ts'

/** Rows, and bytes of pictures, that are stored together as they come; between them others have their turn. */
const ROWS_TOGETHER = 500
const BYTES_TOGETHER = 4 * 2 ** 20

export interface SubmitJobOptions extends Pick<AppServices, 'find' | 'limits' | 'observer'> {
  readonly store: JobStore
  readonly jobLimits: JobLimits
  /** Whether positions can be worked on. */
  readonly positions: boolean
}

/** Takes jobs: rows go to the store as they come, and the job is accepted when all have come. */
export class JobReception {
  readonly #options: SubmitJobOptions
  #uploads = 0
  readonly #perOwner = new Map<string, number>()
  #closed = false
  #onEmpty: (() => void) | undefined
  /** Whether the log has that jobs would be lost. */
  #moved = false

  constructor(options: SubmitJobOptions) {
    this.#options = options
  }

  /**
   * @param owner name of the client's key
   * @param model as the query names it
   * @throws PureGalaxyError for what is not as it should be, or too much; then nothing is left of it
   */
  async submit(request: Request, owner: string, model: string | undefined): Promise<Job> {
    const { jobLimits, positions } = this.#options
    const contentType = request.headers.get('content-type') ?? ''
    const reader = itemReader(contentType)
    const key = idempotencyKey(request.headers.get('idempotency-key'))
    if (reader.source === 'catalogue' && !positions)
      throw new PureGalaxyError(
        'api.jobs.no-cutouts',
        'This server has no source of cut-outs, so it cannot see positions. Send pictures as multipart/form-data.',
      )
    if (this.#closed)
      throw new PureGalaxyError('api.not-ready', 'The server is being stopped. Ask another, or try again.')
    if (this.#uploads >= jobLimits.uploads)
      throw new PureGalaxyError(
        'api.busy',
        `${this.#uploads} jobs are being sent, and no more may. Try again.`,
      )
    const ofOwner = this.#perOwner.get(owner) ?? 0
    if (owner !== '' && ofOwner >= jobLimits.uploadsPerKey)
      throw new PureGalaxyError(
        'api.too-many-requests',
        `This key sends ${ofOwner} jobs at once, and that is all it may. Wait for one to be accepted.`,
      )
    this.#uploads++
    this.#perOwner.set(owner, ofOwner + 1)
    const deadline = startDeadline(jobLimits.uploadTime, request.signal)
    try {
      const { signal } = deadline
      const body = inBlocks(bodyChunks(request, { limit: jobLimits.bodyBytes, signal }))
      const job = await this.#receive(reader, body, contentType, { owner, model, key })
      this.#moved = false
      return job
    } catch (error) {
      if (error instanceof PureGalaxyError && error.code === 'api.jobs.moved') this.#tellMoved(error)
      throw error
    } finally {
      deadline.clear()
      this.#leave(owner)
    }
  }

  #tellMoved(error: PureGalaxyError): void {
    if (!this.#moved) this.#options.observer.failure(error, 'jobs')
    this.#moved = true
  }

  #leave(owner: string): void {
    const left = this.#perOwner.get(owner)! - 1
    if (left === 0) this.#perOwner.delete(owner)
    else this.#perOwner.set(owner, left)
    if (--this.#uploads === 0) this.#onEmpty?.()
  }

  /** Takes no more; resolves when those that are being sent have come. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#uploads > 0)
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve
      })
  }

  async #receive(
    reader: ItemReader,
    body: AsyncIterable<Uint8Array>,
    contentType: string,
    { owner, model, key }: { readonly owner: string; readonly model?: string; readonly key?: string },
  ): Promise<Job> {
    const { store, find, limits, observer } = this.#options
    const { name, version, classes } = find(model).model
    const items = reader.items(body, contentType, {
      idLength: limits.idLength,
      pictureBytes: limits.bodyBytes,
    })
    const fingerprint = new Fingerprint({ source: reader.source, model: name })
    const begun = await store.begin({
      ...{ owner, source: reader.source, model: name, modelVersion: version, classes },
      ...(key === undefined ? {} : { idempotencyKey: key }),
    })
    if (begun.known !== undefined) {
      await this.#read(items, fingerprint, async () => undefined)
      if (fingerprint.digest() === begun.fingerprint) return begun.known
      throw new PureGalaxyError(
        'api.idempotency-key-reused',
        'There is a job with this Idempotency-Key and other rows, or for another model. Send each job with a key of its own.',
      )
    }
    try {
      await this.#read(items, fingerprint, (rows) => store.append(begun.id, rows))
      return await store.accept(begun.id, fingerprint.digest())
    } catch (error) {
      await store.discard(begun.id).catch((failure: unknown) => observer.failure(failure, 'jobs'))
      throw error
    }
  }

  async #read(
    items: AsyncIterable<JobItem>,
    fingerprint: Fingerprint,
    keep: (rows: readonly JobItem[]) => Promise<void>,
  ): Promise<void> {
    const { rows: most } = this.#options.jobLimits
    let [rows, bytes, waiting]: [number, number, JobItem[]] = [0, 0, []]
    for await (const item of items) {
      if (++rows > most)
        throw new PureGalaxyError(
          'api.too-many-items',
          `A job takes at most ${most} rows. Send several jobs.`,
        )
      fingerprint.add(item)
      waiting.push(item)
      bytes += item.picture?.length ?? 0
      if (waiting.length < ROWS_TOGETHER && bytes < BYTES_TOGETHER) continue
      await keep(waiting)
      ;[bytes, waiting] = [0, []]
    }
    if (rows === 0)
      throw new PureGalaxyError('api.schema', 'The job has no row, and at least one is expected.')
    if (waiting.length > 0) await keep(waiting)
  }
}
