import { fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'tsdown'
import { decodeSafetensors } from '../../src/io/safetensors.ts'
import type { TrainProgress } from '../../src/train/index.ts'

/** Inside node_modules, so that the bundle finds the packages that stay outside. */
const BUNDLES = join(import.meta.dirname, '../../node_modules/.cache')

/** A program that trains in a process of its own, which can be killed. */
export interface KillableRun {
  /**
   * Starts it (`train OPTIONS-AS-JSON` or `resume FOLDER`) and kills it with SIGKILL when `kill` is true of its progress,
   * or after some milliseconds.
   * @returns whether it was killed; false: it came to its end before
   */
  runUntil(args: [string, string], kill: ((progress: TrainProgress) => boolean) | number): Promise<boolean>
}

/** Bundles training-process.ts. @param name of the bundle; tests that run at once need different ones */
export async function buildKillableRun(name: string): Promise<KillableRun> {
  const outDir = join(BUNDLES, `puregalaxy-test-${name}`)
  await build({
    entry: { 'training-process': join(import.meta.dirname, 'training-process.ts') },
    outDir,
    format: 'esm',
    platform: 'node',
    dts: false,
    config: false,
    logLevel: 'error',
    // Packages stay outside, but for TensorFlow.js's gradients (see src/engine/gradients.ts).
    external: [/^(?!@tensorflow\/tfjs-core\/dist\/)[@a-z]/],
    noExternal: [/^@tensorflow\/tfjs-core\/dist\//],
  })
  return {
    runUntil(args, kill) {
      const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const
      const child = fork(join(outDir, 'training-process.js'), args, { stdio: [...stdio] })
      if (typeof kill === 'number') setTimeout(() => child.kill('SIGKILL'), kill)
      else
        child.on('message', (progress: TrainProgress) => {
          if (kill(progress)) child.kill('SIGKILL')
        })
      return new Promise((resolve, reject) => {
        child.on('exit', (code, signal) => {
          if (signal === 'SIGKILL' || code === 0) resolve(signal === 'SIGKILL')
          else reject(new Error(`the training process ended with ${signal ?? code}`))
        })
      })
    },
  }
}

/** Names and bytes of the tensors of a safetensors file. */
export async function tensorBytes(path: string): Promise<[string, Buffer][]> {
  const { tensors } = decodeSafetensors(await readFile(path), path)
  return [...tensors].map(([name, { data }]) => [
    name,
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ])
}

/** Lines of metrics.ndjson without what the clock says. */
export async function metricsWithoutClock(run: string): Promise<unknown[]> {
  const text = await readFile(join(run, 'metrics.ndjson'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => ({ ...JSON.parse(line), seconds: 0, imagesPerSecond: 0, waitingShare: 0 }))
}
