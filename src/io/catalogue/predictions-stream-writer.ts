import type { Writable } from 'node:stream'
import { PureGalaxyError } from '../../errors.ts'
import type { PredictionsWriter } from './open-predictions-writer.ts'
import type { PredictionEncoding } from './prediction-format.ts'
import type { PredictionRow } from './prediction-row.ts'

/** Predictions to a stream, no faster than its reader takes them. Nothing can be resumed or taken back. */
export class PredictionsStreamWriter implements PredictionsWriter {
  readonly rowsDone = 0
  readonly #stream: Writable
  readonly #encoding: PredictionEncoding
  readonly #end: boolean
  #begun = false
  /** Failures are told by the callback of the write that failed; the event only must not count as unhandled. */
  readonly #onError = () => {}

  /** @param end whether `commit` ends the stream */
  constructor(stream: Writable, encoding: PredictionEncoding, end: boolean) {
    this.#stream = stream
    this.#encoding = encoding
    this.#end = end
    stream.on('error', this.#onError)
  }

  checkResumed(): void {}

  async write(rows: readonly PredictionRow[]): Promise<void> {
    const header = this.#begun ? '' : this.#encoding.header
    this.#begun = true
    await this.#send(header + this.#encoding.encode(rows))
  }

  async commit(): Promise<void> {
    if (!this.#begun) await this.write([])
    if (this.#end) await new Promise<void>((resolve) => this.#stream.end(resolve))
    await this.suspend()
  }

  async suspend(): Promise<void> {
    this.#stream.off('error', this.#onError)
  }

  #send(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(text, (error) => (error ? reject(pipeClosed(error)) : resolve()))
    })
  }
}

const pipeClosed = (cause: Error): PureGalaxyError =>
  new PureGalaxyError(
    'io.pipe-closed',
    `The output was closed before all predictions were written (${cause.message}).`,
    { cause },
  )
