import { isDeepStrictEqual } from 'node:util'
import { PureGalaxyError } from '../../errors.ts'
import type { ServedModel } from '../served-model.ts'
import { EngineProcess, type EngineProcessOptions } from './engine-process.ts'

export interface OpenEngineProcessOptions extends EngineProcessOptions {
  /** Told of each failure, and of each start that did not succeed. */
  readonly onFailure?: (error: unknown) => void
  /** Told when the engine runs again. */
  readonly onRestart?: () => void
  /** Milliseconds from a failure to the next start, twice as long after each until a run has succeeded; default 1000. */
  readonly pause?: number
  /** Ends the first start. */
  readonly signal?: AbortSignal
}

/** Models that run in a process of their own, which is started again when it fails. */
export interface EngineModels {
  readonly models: readonly ServedModel[]
  dispose(): Promise<void>
}

/** Longest pause, in multiples of the first. */
const LONGEST_PAUSE = 32

/**
 * Opens models in a process of their own, warmed up. While it is down its models are `unavailable`, and `predict` throws
 * `api.engine` at once.
 *
 * @throws PureGalaxyError as `Classifier.open` does, where the first start fails; the signal's reason
 * @example
 * const engine = await openEngineProcess({ models: ['small'] })
 * const app = createApp({ classifiers: engine.models, decode: decodeUpload })
 */
export async function openEngineProcess(options: OpenEngineProcessOptions): Promise<EngineModels> {
  const life = new AbortController()
  const { onFailure, onRestart, pause = 1000, signal = life.signal, ...processOptions } = options
  let engine = await EngineProcess.start(processOptions, signal)
  const { models } = engine
  let failure: PureGalaxyError | undefined
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let restarting: Promise<void> | undefined

  const watch = () => void engine.ended.then(fail)

  function fail(error: PureGalaxyError): void {
    if (life.signal.aborted) return
    failure = error
    onFailure?.(error)
    const again = () => {
      restarting = restart()
    }
    timer = setTimeout(again, pause * Math.min(2 ** failures, LONGEST_PAUSE))
    failures++
  }

  async function restart(): Promise<void> {
    try {
      engine = await EngineProcess.start(processOptions, life.signal)
    } catch (cause) {
      return fail(
        new PureGalaxyError('api.engine', 'The engine could not be started again. Try later.', { cause }),
      )
    }
    if (life.signal.aborted) return engine.stop()
    // Clients were told of these models; others need a server of their own.
    if (!isDeepStrictEqual(engine.models, models)) {
      await engine.stop()
      return fail(
        new PureGalaxyError('api.engine', 'The model files have changed; the server must be started anew.'),
      )
    }
    failure = undefined
    onRestart?.()
    watch()
  }

  watch()
  return {
    models: models.map((model, index) => ({
      ...model,
      warm: true,
      get unavailable() {
        return failure?.message
      },
      async predict(pictures) {
        if (failure !== undefined) throw failure
        const predictions = await engine.predict(index, pictures)
        failures = 0
        return predictions
      },
    })),
    async dispose() {
      life.abort()
      clearTimeout(timer)
      await restarting
      await engine.stop()
    },
  }
}
