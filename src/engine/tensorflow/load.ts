import { createRequire } from 'node:module'
import util from 'node:util'
import { engine, setBackend } from '@tensorflow/tfjs-core'
import '../backend.ts'
import { registerPhilox } from '../philox-kernel.ts'
import { environmentOf, loadWithThreads, usualThreads } from './environment.ts'
import { TENSORFLOW } from './node-backend.ts'
import { registerNormalisation } from './normalisation.ts'
import { registerPadding } from './padding.ts'

let started: number | undefined

/**
 * Loads the npm package, which registers and starts its backend, and completes its kernels. The package brings its own
 * copy of TensorFlow.js; engine, backends and kernels are shared, because TensorFlow.js keeps them in a global. The
 * backend that was active stays so.
 *
 * Once for the process: TensorFlow has one set of threads.
 *
 * @param folder of the npm package
 * @param threads asked for; default: what the user's environment says, else one for each core
 * @returns threads that there are: those of the first call
 */
export function loadBackend(folder: string, threads?: number): number {
  if (started !== undefined) return started
  const state = engine()
  // A program may have imported the package itself.
  if (!(TENSORFLOW in state.registry)) {
    const former = state.backendName
    Object.assign(process.env, environmentOf())
    restoreUtilities()
    loadWithThreads(threads, () => createRequire(import.meta.url)(folder))
    if (former && former in state.registry) void setBackend(former)
  }
  registerPadding()
  registerNormalisation()
  registerPhilox(TENSORFLOW)
  started = threads ?? usualThreads()
  return started
}

/** The package calls two functions of `util` that Node 23 has dropped and Node 22 warns of. */
function restoreUtilities(): void {
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  })
}
