import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { resume, type TrainOptions, train } from '../../src/train/index.ts'
import { buildKillableRun, type KillableRun, metricsWithoutClock, tensorBytes } from './killable-run.ts'
import { writeTinyData } from './tiny-data.ts'

// Several processes start one after the other: on a busy machine that takes a while.
vi.setConfig({ testTimeout: 300_000 })

let folder: string
let killable: KillableRun
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
    augmentation: {
      symmetry: 'square',
      padAndCrop: 0,
      resizedCrop: null,
      redraw: 0,
      noise: { protocol: 'counts', levels: [60, 12], probability: 0.5 },
    },
  }
  killable = await buildKillableRun('resume')
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a run that was killed and resumed', () => {
  it('ends in the same weights, bit for bit, with the same metrics as one left alone', async () => {
    const whole = join(folder, 'whole')
    const broken = join(folder, 'broken')
    await train({ ...options, runFolder: whole })

    const first = JSON.stringify({ ...options, runFolder: broken })
    expect(await killable.runUntil(['train', first], ({ step }) => step === 2)).toBe(true)
    expect(await killable.runUntil(['resume', broken], ({ phase }) => phase === 'validate')).toBe(true)
    // What a kill inside a write leaves behind.
    await writeFile(join(broken, '.last.safetensors.77-0a1b2c3d.tmp'), 'half a file')
    const result = await resume(broken)

    expect((await readdir(broken)).sort()).toEqual((await readdir(whole)).sort())
    expect(result.status).toBe('finished')
    expect(result.step).toBe(9)
    expect(await tensorBytes(join(broken, 'last.safetensors'))).toEqual(
      await tensorBytes(join(whole, 'last.safetensors')),
    )
    expect(await readFile(join(broken, 'best.safetensors'))).toEqual(
      await readFile(join(whole, 'best.safetensors')),
    )
    expect(await metricsWithoutClock(broken)).toEqual(await metricsWithoutClock(whole))
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
    expect(await tensorBytes(join(run, 'last.safetensors'))).toEqual(
      await tensorBytes(join(folder, 'whole', 'last.safetensors')),
    )
  })

  it('refuses data that changed since it began', async () => {
    const run = join(folder, 'changed')
    const data = await writeTinyData(folder, 66, 'changing.h5')
    const controller = new AbortController()
    const { files } = await train(
      { ...options, data, runFolder: run, epochs: 1 },
      { signal: controller.signal, onProgress: ({ step }) => void (step === 1 && controller.abort()) },
    )
    // Nothing that is not there yet is named.
    expect(files).toMatchObject({ best: null, report: null })
    await writeTinyData(folder, 70, 'changing.h5')
    await expect(resume(run)).rejects.toMatchObject({ code: 'train.data-changed' })
  })

  it('is refused to a second process while one goes on with it, and leaves no lock behind', async () => {
    const run = join(folder, 'shared')
    const first = JSON.stringify({ ...options, runFolder: run })
    expect(await killable.runUntil(['train', first], ({ step }) => step === 2)).toBe(true)
    // The killed process left its lock, which is taken over by one of the two, and by one only.
    expect(await readdir(run)).toContain('run.lock')
    let refusedWhileRunning: unknown
    const result = await resume(run, {
      onProgress: ({ step }) => {
        if (step === 4) refusedWhileRunning ??= resume(run).catch((error: unknown) => error)
      },
    })
    expect(result.status).toBe('finished')
    expect(await refusedWhileRunning).toMatchObject({
      code: 'io.in-use',
      message: expect.stringMatching(/shared is being written by process \d+/),
    })
    expect(await readdir(run)).not.toContain('run.lock')
    expect(await tensorBytes(join(run, 'last.safetensors'))).toEqual(
      await tensorBytes(join(folder, 'whole', 'last.safetensors')),
    )
  })

  it('is refused while another process goes on with it', async () => {
    const run = join(folder, 'other-process')
    let refused: unknown
    const first = JSON.stringify({ ...options, runFolder: run })
    const killed = await killable.runUntil(['train', first], ({ step }) => {
      if (step < 2) return false
      refused ??= resume(run).catch((error: unknown) => error)
      return step === 8
    })
    expect(killed).toBe(true)
    expect(await refused).toMatchObject({ code: 'io.in-use' })
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
