import { type ChildProcess, fork } from 'node:child_process'
import { builtScript } from '../../built-script.ts'
import type { Prediction } from '../../classify/prediction.ts'
import { PureGalaxyError } from '../../errors.ts'
import type { EngineOptions, EngineReply, EngineRequest, ModelDescription } from './engine-messages.ts'

export interface EngineProcessOptions extends EngineOptions {
  /** Milliseconds after which opening the models is held to have hung, and the process is ended; default 600,000. */
  readonly openTime?: number
  /** Milliseconds after which a run is held to have hung, and the process is ended; default 60,000. */
  readonly runTime?: number
  /** The script of the process; default the built `engine-worker.ts`. */
  readonly script?: string
}

interface Run {
  readonly resolve: (predictions: Prediction[]) => void
  readonly reject: (error: unknown) => void
  readonly timer: ReturnType<typeof setTimeout>
}

/** Characters kept of what a process printed last. */
const KEPT_OUTPUT = 2000

/**
 * Models in a process of their own, so that the event loop of this one stays free while they compute, and this one lives when
 * a native library ends that one. It ends with its first failure, whatever that is: what state an engine is in after one is
 * not known.
 */
export class EngineProcess {
  /** Resolves when the process has failed (`api.engine`; the cause is for the log) or was stopped. */
  readonly ended: Promise<PureGalaxyError>
  readonly #opened: Promise<void>
  readonly #child: ChildProcess
  readonly #runTime: number
  readonly #runs = new Map<number, Run>()
  #models: readonly ModelDescription[] | undefined
  #failure: PureGalaxyError | undefined
  #printed = ''
  #next = 0

  /**
   * Resolves when the models are open and have run at the sizes of their batches.
   *
   * @param signal ends the process while it opens them
   * @throws PureGalaxyError what opening them threw, as `Classifier.open` and `predict` have it; `api.engine`; the signal's
   *   reason
   */
  static async start(options: EngineProcessOptions, signal: AbortSignal): Promise<EngineProcess> {
    signal.throwIfAborted()
    const process = new EngineProcess(options)
    const stop = () => void process.stop()
    signal.addEventListener('abort', stop)
    const { openTime = 600_000 } = options
    const late = () => process.#fail(`did not open its models within ${openTime / 1000} s`)
    const timer = setTimeout(late, openTime)
    try {
      await process.#opened
      return process
    } catch (error) {
      signal.throwIfAborted()
      throw error
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
  }

  private constructor({ runTime = 60_000, openTime: _, script, ...options }: EngineProcessOptions) {
    this.#runTime = runTime
    this.#child = fork(script ?? builtScript('api/node/engine-worker.js'), [JSON.stringify(options)], {
      serialization: 'advanced',
      execArgv: [],
      // What a library prints is not to come between results or lines of the log.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#printed = (this.#printed + text).slice(-KEPT_OUTPUT)
      })
    // Of a process that could not be started, or a channel that broke: its end follows, or has come.
    this.#child.on('error', (error) => this.#fail('cannot be reached', error))
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        this.#fail(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`)
        resolve(this.#failure!)
      })
    })
    this.#opened = new Promise((opened, failed) => {
      this.#child.on('message', (reply: EngineReply) => {
        if ('opened' in reply) {
          this.#models = reply.opened
          opened()
        } else if ('run' in reply) this.#take(reply.run)?.resolve([...reply.predictions])
        else {
          const { code, message, stack } = reply.failure
          const cause = Object.assign(new Error(message), { stack })
          failed(code === undefined ? cause : new PureGalaxyError(code, message, { cause }))
          this.#fail('failed in a run', cause)
        }
      })
      void this.ended.then(failed)
    })
  }

  /** In the order in which they were named. */
  get models(): readonly ModelDescription[] {
    return this.#models ?? []
  }

  /**
   * @param model its index
   * @param pictures uint8 NHWC of its input size
   * @throws PureGalaxyError `api.engine` when the process fails or has failed
   */
  predict(model: number, pictures: Uint8Array): Promise<Prediction[]> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      const run = this.#next++
      const timer = setTimeout(
        () => this.#fail(`has not ended a run within ${this.#runTime / 1000} s`),
        this.#runTime,
      )
      this.#runs.set(run, { resolve, reject, timer })
      const request: EngineRequest = { run, model, pictures }
      this.#child.send(request, (error) => {
        if (error !== null) this.#fail('cannot be reached', error)
      })
    })
  }

  /** Ends the process, which has nothing to put in order; what it still runs is lost. */
  async stop(): Promise<void> {
    this.#failure ??= new PureGalaxyError('api.engine', 'The engine was stopped.')
    this.#child.kill('SIGKILL')
    await this.ended
  }

  #take(run: number): Run | undefined {
    const taken = this.#runs.get(run)
    clearTimeout(taken?.timer)
    this.#runs.delete(run)
    return taken
  }

  /** The first failure is the one that is told. */
  #fail(what: string, error?: Error): void {
    if (this.#failure === undefined) {
      const printed = this.#printed === '' ? 'nothing' : this.#printed
      const cause = new Error(`${error?.message ?? what}; its process printed last: ${printed}`, {
        cause: error,
      })
      this.#failure = new PureGalaxyError(
        'api.engine',
        this.#models === undefined
          ? `The engine ${what}. The cause of this error has what it printed last.`
          : `The engine ${what}, and is started again. Try again.`,
        { cause },
      )
    }
    for (const run of [...this.#runs.keys()]) this.#take(run)!.reject(this.#failure)
    this.#child.kill('SIGKILL')
  }
}
