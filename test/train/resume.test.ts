import { fork } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'tsdown'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeSafetensors } from '../../src/io/safetensors.ts'
import { resume, type TrainOptions, type TrainProgress, train } from '../../src/train/index.ts'
import { writeTinyData } from './tiny-data.ts'

/** Inside node_modules, so that the bundle finds the packages that stay outside. */
const BUNDLE = join(import.meta.dirname, '../../node_modules/.cache/puregalaxy-training-process')

let folder: string
let options: Omit<TrainOptions, 'runFolder'>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregalaxy-resume-'))
  options = {
    data: await writeTinyData(folder, 66),
    cacheDirectory: join(folder, 'cache'),
    model: { architecture: 'pure20', width: 0.25 },
    engine: 'onnx',
    threads: 1,
    epochs: 3,
    batchSize: 16,
    validation: { fraction: 0.2 },
    // A checkpoint after every step, so that a kill finds the run between checkpoints and inside epochs.
    checkpointMinutes: 1e-6,
  }
  await build({
    entry: { 'training-process': join(import.meta.dirname, 'training-process.ts') },
    outDir: BUNDLE,
    format: 'esm',
    platform: 'node',
    dts: false,
    config: false,
    logLevel: 'error',
    // Packages stay outside, but for TensorFlow.js's gradients (see src/engine/gradients.ts).
    external: [/^(?!@tensorflow\/tfjs-core\/dist\/)[@a-z]/],
    noExternal: [/^@tensorflow\/tfjs-core\/dist\//],
  })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs the process until it says something for which `kill` is true, then kills it with SIGKILL. */
async function runUntil(args: [string, string], kill: (progress: TrainProgress) => boolean): Promise<void> {
  const child = fork(join(BUNDLE, 'training-process.js'), args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  child.on('message', (progress: TrainProgress) => {
    if (kill(progress)) child.kill('SIGKILL')
  })
  const signal = await new Promise((resolve) => child.on('exit', (_code, signal) => resolve(signal)))
  expect(signal).toBe('SIGKILL')
}

async function tensorsOf(path: string): Promise<[string, Buffer][]> {
  const { tensors } = decodeSafetensors(await readFile(path), path)
  return [...tensors].map(([name, { data }]) => [
    name,
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ])
}

/** Lines of metrics.ndjson without what the clock says. */
async function metricsOf(run: string): Promise<unknown[]> {
  const text = await readFile(join(run, 'metrics.ndjson'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => ({ ...JSON.parse(line), seconds: 0, imagesPerSecond: 0 }))
}

describe('a run that was killed and resumed', () => {
  it('ends in the same weights, bit for bit, with the same metrics as one left alone', async () => {
    const whole = join(folder, 'whole')
    const broken = join(folder, 'broken')
    await train({ ...options, runFolder: whole })

    await runUntil(['train', JSON.stringify({ ...options, runFolder: broken })], ({ step }) => step === 2)
    await runUntil(['resume', broken], ({ phase, epoch }) => phase === 'validate' && epoch === 1)
    const result = await resume(broken)

    expect(result.status).toBe('finished')
    expect(result.step).toBe(9)
    expect(await tensorsOf(join(broken, 'last.safetensors'))).toEqual(
      await tensorsOf(join(whole, 'last.safetensors')),
    )
    expect(await readFile(join(broken, 'best.safetensors'))).toEqual(
      await readFile(join(whole, 'best.safetensors')),
    )
    expect(await metricsOf(broken)).toEqual(await metricsOf(whole))
  })

  it('is left as it is when it has finished', async () => {
    const run = join(folder, 'whole')
    const before = await readFile(join(run, 'last.safetensors'))
    const result = await resume(run)
    expect(result.status).toBe('already-finished')
    expect(await readFile(join(run, 'last.safetensors'))).toEqual(before)
  })

  it('stops after the current step when aborted, and goes on to the same weights', async () => {
    const run = join(folder, 'aborted')
    const controller = new AbortController()
    const result = await train(
      { ...options, runFolder: run, checkpointMinutes: 60 },
      {
        signal: controller.signal,
        onProgress: ({ step }) => {
          if (step === 5) controller.abort()
        },
      },
    )
    expect(result).toMatchObject({ status: 'interrupted', step: 5, epochs: 1 })
    await resume(run)
    expect(await tensorsOf(join(run, 'last.safetensors'))).toEqual(
      await tensorsOf(join(folder, 'whole', 'last.safetensors')),
    )
  })

  it('refuses data that changed since it began', async () => {
    const run = join(folder, 'changed')
    const data = await writeTinyData(folder, 66, 'changing.h5')
    const controller = new AbortController()
    await train(
      { ...options, data, runFolder: run, epochs: 1 },
      { signal: controller.signal, onProgress: ({ step }) => void (step === 1 && controller.abort()) },
    )
    await writeTinyData(folder, 70, 'changing.h5')
    await expect(resume(run)).rejects.toMatchObject({ code: 'train.data-changed' })
  })

  it('says which folder holds no run', async () => {
    await expect(resume(join(folder, 'nowhere'))).rejects.toThrow(/nowhere holds no run/)
  })

  it('refuses to train into a folder that holds a run', async () => {
    await expect(train({ ...options, runFolder: join(folder, 'whole') })).rejects.toMatchObject({
      code: 'train.run-exists',
    })
  })
})
