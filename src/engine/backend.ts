import { enableProdMode, engine, setBackend } from '@tensorflow/tfjs-core'
import { PureGalaxyError } from '../errors.ts'

// Without it TensorFlow.js greets on the console and advises another package.
enableProdMode()

/**
 * Runs `body` with a TensorFlow.js backend active, synchronously, and gives the former one back. TensorFlow.js keeps
 * its backend in a global; since nothing in here awaits, engines cannot disturb one another.
 *
 * @throws PureGalaxyError `engine.unavailable` when the backend was never registered and initialised
 */
export function withBackend<T>(name: string, body: () => T): T {
  const state = engine()
  if (!(name in state.registry)) {
    throw new PureGalaxyError('engine.unavailable', `TensorFlow.js backend "${name}" is not initialised.`)
  }
  const former = state.backendName
  // Once a backend is initialised, setBackend does its work before its promise is returned.
  if (former !== name) void setBackend(name)
  try {
    return body()
  } finally {
    if (former && former !== name && former in state.registry) void setBackend(former)
  }
}

/** Starts a registered backend that needs no waiting, leaving the active one as it is. */
export function startBackend(name: string): void {
  const state = engine()
  const former = state.backendName
  void setBackend(name)
  if (former && former in state.registry) void setBackend(former)
}
