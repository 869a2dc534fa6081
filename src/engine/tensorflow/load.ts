import { createRequire } from 'node:module'
import util from 'node:util'
import { engine, setBackend } from '@tensorflow/tfjs-core'
import '../backend.ts'
import { environmentOf } from './environment.ts'
import { TENSORFLOW } from './node-backend.ts'
import { registerNormalisation } from './normalisation.ts'
import { registerPadding } from './padding.ts'

/**
 * Loads the npm package, which registers and starts its backend, and completes its kernels. The package brings its own
 * copy of TensorFlow.js; engine, backends and kernels are shared, because TensorFlow.js keeps them in a global. The
 * backend that was active stays so.
 *
 * Once for the process, since TensorFlow has one set of threads.
 */
export function loadBackend(folder: string, threads: number | undefined): void {
  const state = engine()
  if (TENSORFLOW in state.registry) return
  const former = state.backendName
  Object.assign(process.env, environmentOf(threads))
  restoreUtilities()
  createRequire(import.meta.url)(folder)
  if (former && former in state.registry) void setBackend(former)
  registerPadding()
  registerNormalisation()
}

/** The package calls two functions of `util` that Node 23 has dropped and Node 22 warns of. */
function restoreUtilities(): void {
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  })
}
