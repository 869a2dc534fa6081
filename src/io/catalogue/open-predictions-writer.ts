import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { CsvError } from 'csv-parse/sync'
import { PureGalaxyError } from '../../errors.ts'
import { fileError } from '../file-errors.ts'
import { type FileLock, lockFile } from '../lock-file.ts'
import { type PredictionEncoding, type PredictionsFormat, predictionEncoding } from './prediction-format.ts'
import type { PredictionContext, PredictionRow } from './prediction-row.ts'
import { PredictionsStreamWriter } from './predictions-stream-writer.ts'
import { hashId, type PartialPredictions, scanPartialPredictions } from './scan-partial-predictions.ts'

export type { PredictionsFormat } from './prediction-format.ts'

export interface PredictionsWriterOptions extends PredictionContext {
  readonly format: PredictionsFormat
  /**
   * Go on where a killed run stopped: its rows are kept up to the last whole one. Without it, or where there is nothing
   * to go on with, the file is begun anew. Only for paths.
   */
  readonly resume?: boolean
  readonly signal?: AbortSignal
}

/** Predictions on their way to a file or stream, a batch at a time. */
export interface PredictionsWriter {
  /** Rows that an earlier run wrote: skip as many inputs. 0 unless resumed. */
  readonly rowsDone: number
  /**
   * Makes sure that the rows done are those of the first inputs of this run.
   *
   * @param ids identifiers of all inputs, in order; the first `rowsDone` are looked at
   * @throws PureGalaxyError `io.predictions.inputs-changed`
   */
  checkResumed(ids: Iterable<string>): void
  /** Appends rows; the promise is kept when the system has them, so awaiting it bounds the memory. */
  write(rows: readonly PredictionRow[]): Promise<void>
  /** Flushes everything and gives the file its final name. A stream is left open, for it is the caller's. */
  commit(): Promise<void>
  /**
   * Stops without the final name; `<path>.partial` stays for a later `resume` where there is a row in it. Safe to call
   * after `commit` or twice.
   */
  suspend(): Promise<void>
}

/**
 * Opens a table of predictions for writing: columns as in `predictionColumns`, CSV with a header or NDJSON. Rows go to
 * `<path>.partial`, which gets its final name on `commit`; what a killed run leaves there can be resumed. While it is
 * written `<path>.partial.lock` keeps other runs away from it.
 *
 * @param target path, or a stream such as stdout; a path of a device or pipe is written to directly
 * @throws PureGalaxyError `io.predictions.resume` where the partial file is of another format, model or set of classes;
 *   `io.in-use` where another run writes to it; `io.not-found` (no such folder), `io.is-a-folder`, `io.permission`, `io.no-space` …
 * @example
 *   const writer = await openPredictionsWriter('predictions.csv', { format: 'csv', classes, model: 'small', modelVersion: '1' })
 *   try { await writer.write([{ id: 'ngc1300.jpg', probabilities }]); await writer.commit() } finally { await writer.suspend() }
 */
export async function openPredictionsWriter(
  target: string | Writable,
  options: PredictionsWriterOptions,
): Promise<PredictionsWriter> {
  const encoding = predictionEncoding(options.format, options)
  if (typeof target !== 'string') return new PredictionsStreamWriter(target, encoding, false)
  try {
    const existing = await stat(target).catch(() => undefined)
    if (existing?.isDirectory()) {
      throw new PureGalaxyError(
        'io.is-a-folder',
        `${target} is a folder, and a file was expected. Name a file.`,
      )
    }
    // Renaming would put a plain file in the place of /dev/stdout.
    if (existing !== undefined && !existing.isFile()) {
      return new PredictionsStreamWriter(createWriteStream(target), encoding, true)
    }
    return await openFile(target, encoding, options)
  } catch (error) {
    throw fileError(error, target)
  }
}

async function openFile(
  path: string,
  encoding: PredictionEncoding,
  options: PredictionsWriterOptions,
): Promise<PredictionsWriter> {
  const partial = `${path}.partial`
  const lock = await lockFile(`${partial}.lock`, path)
  let handle: FileHandle | undefined
  try {
    const left = options.resume ? await openIfThere(partial) : undefined
    handle = left ?? (await open(partial, 'w'))
    const done = left && (await scanOwn(left, partial, encoding, options))
    const writer = new PredictionsFileWriter(path, partial, handle, lock, encoding, done)
    await writer.begin()
    return writer
  } catch (error) {
    await handle?.close()
    await lock.release()
    throw error
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r+')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * What a file that was left holds, once it is certain that this run may add to it: a file of two models, or of two sets
 * of columns, would look like one catalogue and not be one.
 */
async function scanOwn(
  left: FileHandle,
  partial: string,
  encoding: PredictionEncoding,
  { classes, model, modelVersion, signal }: PredictionsWriterOptions,
): Promise<PartialPredictions> {
  const refuse = (what: string, cause?: unknown) =>
    new PureGalaxyError(
      'io.predictions.resume',
      `${partial} ${what}. Remove it, or start over without resuming.`,
      { cause },
    )
  try {
    const done = await scanPartialPredictions(left, encoding, signal)
    if (done.first === undefined) return done
    const blank = Buffer.from(encoding.header || encoding.encode([{ id: '' }]))
    if (encoding.columns(done.first).join() !== encoding.columns(blank).join()) {
      throw refuse(`has other columns than this run (${classes.slugs.length} classes)`)
    }
    if (done.last === undefined) return done
    const found = encoding.identify(done.last)
    if (found.model === model && found.modelVersion === modelVersion) return done
    throw refuse(
      `was written by model ${found.model} ${found.modelVersion}, and this run uses ${model} ${modelVersion}`,
    )
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof CsvError) {
      throw refuse('is damaged, or not a file of predictions of this format', error)
    }
    throw error
  }
}

class PredictionsFileWriter implements PredictionsWriter {
  readonly rowsDone: number
  readonly #path: string
  readonly #partial: string
  readonly #handle: FileHandle
  readonly #lock: FileLock
  readonly #encoding: PredictionEncoding
  readonly #done: PartialPredictions | undefined
  #position: number
  /** Written by this run and, where it goes on with one, by the run before. */
  #rows: number
  #open = true

  constructor(
    path: string,
    partial: string,
    handle: FileHandle,
    lock: FileLock,
    encoding: PredictionEncoding,
    done: PartialPredictions | undefined,
  ) {
    this.#path = path
    this.#partial = partial
    this.#handle = handle
    this.#lock = lock
    this.#encoding = encoding
    this.#done = done
    this.#position = done?.bytes ?? 0
    this.rowsDone = done?.rows ?? 0
    this.#rows = this.rowsDone
  }

  /** Cuts off a row that is not whole, and writes the header where there is none yet. */
  async begin(): Promise<void> {
    if (this.#done !== undefined) await this.#handle.truncate(this.#position)
    if (this.#position === 0) await this.#append(this.#encoding.header)
  }

  checkResumed(ids: Iterable<string>): void {
    if (this.#done === undefined || this.rowsDone === 0) return
    const hash = createHash('sha256')
    let count = 0
    for (const id of ids) {
      hashId(hash, id)
      if (++count === this.rowsDone) break
    }
    if (count === this.rowsDone && hash.digest().equals(this.#done.idHash.copy().digest())) return
    throw new PureGalaxyError(
      'io.predictions.inputs-changed',
      `${this.#partial} holds ${this.rowsDone} rows that are not those of the first inputs of this run. Give the same inputs in the same order, or start over without resuming.`,
    )
  }

  async write(rows: readonly PredictionRow[]): Promise<void> {
    this.#rows += rows.length
    await this.#append(this.#encoding.encode(rows))
  }

  async commit(): Promise<void> {
    try {
      await this.#handle.sync()
      await this.#close()
      await rename(this.#partial, this.#path)
      await this.#lock.release()
    } catch (error) {
      throw fileError(error, this.#path)
    }
  }

  async suspend(): Promise<void> {
    try {
      if (!this.#open) return
      await this.#close()
      // Without a row there is nothing to go on with, and the next run need not be asked about it.
      if (this.#rows === 0) await rm(this.#partial, { force: true })
    } finally {
      await this.#lock.release()
    }
  }

  async #close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    await this.#handle.close()
  }

  async #append(text: string): Promise<void> {
    const bytes = Buffer.from(text)
    // The place is taken before anything is awaited, so that two calls cannot write to the same one.
    const start = this.#position
    this.#position += bytes.length
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, start + done)
        done += bytesWritten
      }
    } catch (error) {
      throw fileError(error, this.#path)
    }
  }
}
