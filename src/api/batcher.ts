import type { Prediction } from '../classify/prediction.ts'
import { PureGalaxyError } from '../errors.ts'
import { Bell } from './bell.ts'
import type { ApiLimits } from './limits.ts'
import type { ServedModel } from './served-model.ts'

/** The right of one picture to be classified. */
export interface Place {
  /**
   * Does what may take seconds before there is anything to decode. Other pictures do not wait for this one meanwhile.
   *
   * @throws what `work` throws
   */
  fetch<Bytes>(work: () => Promise<Bytes>): Promise<Bytes>
  /**
   * Decodes the picture when the next batch has room for it and a decoder is free; requests take turns. `predict` or `leave` frees the
   * decoder.
   *
   * @throws what `work` throws; before it begins, the reason of the signal of `admit`, and `api.engine` where the model is down
   */
  decode<Pixels>(work: () => Promise<Pixels>): Promise<Pixels>
  /**
   * Has the picture classified in some batch, and leaves.
   *
   * @param pixels uint8, the model's input size
   * @throws what the model throws; the reason of the signal of `admit`, at once, where the batch runs already too
   */
  predict(pixels: Uint8Array): Promise<Prediction>
  /** Gives the place up; nothing happens the second time. */
  leave(): void
}

export interface BatcherOptions extends Pick<ApiLimits, 'queue' | 'batch' | 'batchDelay' | 'decoders'> {
  /** Called after each run with its pictures and its seconds. */
  readonly onRun?: (pictures: number, seconds: number) => void
}

interface Entry {
  readonly pixels: Uint8Array
  readonly signal: AbortSignal
  /** Of the clock of `#freeTime`. */
  readonly since: number
  readonly settle: (outcome: Prediction | undefined, error?: unknown) => void
}

/** A picture whose turn to be decoded has not come. */
interface Held {
  readonly letIn: () => void
  readonly refuse: (reason: unknown) => void
}

/** Share of a batch from which its padding costs less than runs of single pictures, as measured on CPUs. */
const WORTH_PADDING = 0.75

/**
 * Gathers pictures of many requests into batches for one model, which runs one batch at a time.
 *
 * Pictures are admitted before they are decoded, so it is known how many are on their way; those that are being fetched are
 * not, as that takes far longer than a run. A run begins as soon as the model is free and the batch is full, or nobody else is
 * on the way (so an idle server waits for nothing), or the oldest picture has waited for `batchDelay` while the model was free:
 * engines that compute on this thread let nothing arrive while they run. What has waited so long has done so for good, so the
 * runs of a backlog follow one another.
 * A batch is padded to its full size, so what fills less than three quarters of one runs one by one.
 *
 * Of a backlog no more is decoded than fills the next batch, and what the decoders had begun; the others follow when a run has taken
 * that. So few pixels are held, and decoding comes in bursts that fill every core: threads of an engine wait for one another, and each
 * single picture decoded beside them would hold up all. Requests take turns at it, so that one picture does not wait for all of a
 * request of hundreds.
 */
export class Batcher {
  readonly #model: ServedModel
  readonly #options: BatcherOptions
  #waiting: Entry[] = []
  #admitted = 0
  #fetching = 0
  #decoding = 0
  /** By the signal of their request; the one whose turn it is comes first. */
  readonly #held = new Map<AbortSignal, Held[]>()
  #running: readonly Entry[] = []
  #freeSince = 0
  #freeBefore = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #idle = new Bell()

  constructor(model: ServedModel, options: BatcherOptions) {
    this.#model = model
    this.#options = options
  }

  /** Pictures admitted and not answered. */
  get depth(): number {
    return this.#admitted
  }

  /**
   * Admits the pictures of a request.
   *
   * @param signal of the request: when it is aborted those that wait are dropped, and nobody waits for those that run
   * @throws PureGalaxyError `api.busy` where the queue has no room for all of them
   */
  admit(count: number, signal: AbortSignal): Place[] {
    const { queue } = this.#options
    if (this.#admitted + count > queue)
      throw new PureGalaxyError(
        'api.busy',
        `${this.#admitted} pictures wait for ${this.#model.name}, and at most ${queue} may. Try again.`,
      )
    this.#admitted += count
    signal.addEventListener('abort', () => this.#drop(signal), { once: true })
    return Array.from({ length: count }, () => this.#place(signal))
  }

  /**
   * Resolves when no picture is admitted but those that are being fetched, or after so many milliseconds: for work that lets that
   * of requests go first.
   */
  async idle(patience: number): Promise<void> {
    if (this.#admitted > this.#fetching) await this.#idle.wait(patience)
  }

  #place(signal: AbortSignal): Place {
    let left = false
    let fetching = false
    let decoding = false
    const fetched = () => {
      if (fetching) this.#fetching--
      fetching = false
    }
    const decoded = () => {
      if (decoding) this.#decoding--
      decoding = false
    }
    const leave = () => {
      if (left) return
      left = true
      fetched()
      decoded()
      this.#admitted--
      this.#goOn()
    }
    return {
      leave,
      fetch: async (work) => {
        fetching = !left
        if (fetching) this.#fetching++
        this.#goOn()
        return work().finally(fetched)
      },
      decode: async (work) => {
        await this.#room(signal, () => {
          decoding = !left
          if (decoding) this.#decoding++
        })
        return work()
      },
      predict: (pixels) =>
        new Promise<Prediction>((resolve, reject) => {
          const settle: Entry['settle'] = (prediction, error) => {
            if (prediction === undefined) reject(error)
            else resolve(prediction)
            leave()
          }
          decoded()
          if (signal.aborted) settle(undefined, signal.reason)
          else {
            this.#waiting.push({ pixels, signal, since: this.#freeTime(), settle })
            this.#letIn()
            this.#dispatch()
          }
        }),
    }
  }

  /** @param enter called when there is room for one more, which it then has */
  #room(signal: AbortSignal, enter: () => void): Promise<void> {
    return new Promise((resolve, refuse) => {
      if (signal.aborted) return refuse(signal.reason)
      const letIn = () => {
        enter()
        resolve()
      }
      const held = this.#held.get(signal)
      if (held === undefined) this.#held.set(signal, [{ letIn, refuse }])
      else held.push({ letIn, refuse })
      this.#letIn()
    })
  }

  #letIn(): void {
    const { unavailable } = this.#model
    // What is decoded for a model that is down is decoded for nothing.
    if (unavailable !== undefined)
      for (const signal of this.#held.keys())
        this.#refuse(signal, new PureGalaxyError('api.engine', unavailable))
    const { batch, decoders } = this.#options
    for (const [signal, held] of this.#held) {
      if (this.#waiting.length >= batch || this.#decoding >= decoders) return
      this.#held.delete(signal)
      // Behind the others, where this loop comes to it again.
      if (held.length > 1) this.#held.set(signal, held)
      held.shift()!.letIn()
    }
  }

  #refuse(signal: AbortSignal, reason: unknown): void {
    const held = this.#held.get(signal) ?? []
    this.#held.delete(signal)
    for (const { refuse } of held) refuse(reason)
  }

  /** When fewer are on the way to the model. */
  #goOn(): void {
    if (this.#admitted === this.#fetching) this.#idle.ring()
    this.#letIn()
    this.#dispatch()
  }

  #drop(signal: AbortSignal): void {
    this.#refuse(signal, signal.reason)
    const dropped = [...this.#running, ...this.#waiting].filter((entry) => entry.signal === signal)
    this.#waiting = this.#waiting.filter((entry) => entry.signal !== signal)
    for (const { settle } of dropped) settle(undefined, signal.reason)
  }

  #dispatch(): void {
    clearTimeout(this.#timer)
    if (this.#running.length > 0 || this.#waiting.length === 0) return
    const { batch, batchDelay } = this.#options
    const onTheWay = this.#admitted - this.#fetching - this.#waiting.length
    const waited = this.#freeTime() - this.#waiting[0]!.since
    if (this.#waiting.length < batch && onTheWay > 0 && waited < batchDelay) {
      this.#timer = setTimeout(() => this.#dispatch(), Math.ceil(batchDelay - waited))
      return
    }
    const pictures = this.#waiting.length < WORTH_PADDING * batch ? 1 : batch
    void this.#run(this.#waiting.splice(0, pictures))
  }

  /** Milliseconds for which the model has been free, in all. */
  #freeTime(): number {
    return this.#freeBefore + (this.#running.length > 0 ? 0 : performance.now() - this.#freeSince)
  }

  async #run(entries: readonly Entry[]): Promise<void> {
    this.#freeBefore = this.#freeTime()
    this.#running = entries
    this.#letIn()
    const started = performance.now()
    let predictions: readonly Prediction[] = []
    let failure: unknown
    try {
      const size = entries[0]!.pixels.length
      const pixels = new Uint8Array(entries.length * size)
      for (const [index, entry] of entries.entries()) pixels.set(entry.pixels, index * size)
      predictions = await this.#model.predict(pixels)
      this.#options.onRun?.(entries.length, (performance.now() - started) / 1000)
    } catch (error) {
      failure = error
    }
    for (const [index, { settle }] of entries.entries()) settle(predictions[index], failure)
    this.#running = []
    this.#freeSince = performance.now()
    this.#dispatch()
  }
}
