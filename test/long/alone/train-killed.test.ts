import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RandomStream } from '../../../src/random/index.ts'
import { resume, type TrainOptions, train } from '../../../src/train/index.ts'
import {
  buildKillableRun,
  type KillableRun,
  metricsWithoutClock,
  tensorBytes,
} from '../../train/killable-run.ts'
import { writeTinyData } from '../../train/tiny-data.ts'

/** What a process takes before it trains, at the least. */
const START_MS = 300

let folder: string
let killable: KillableRun
let options: Omit<TrainOptions, 'runFolder'>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregalaxy-killed-'))
  options = {
    data: await writeTinyData(folder, 130),
    cacheDirectory: join(folder, 'cache'),
    model: { architecture: 'pure20', width: 0.5 },
    engine: 'onnx',
    threads: 2,
    epochs: 10,
    batchSize: 16,
    optimiser: { name: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
    learningRate: 1e-3,
    augmentation: { symmetry: 'square', padAndCrop: 2, resizedCrop: 0.5, redraw: 0.5 },
    validation: { fraction: 0.2 },
    checkpointMinutes: 0.005,
  }
  killable = await buildKillableRun('killed')
})

afterAll(() => rm(folder, { recursive: true, force: true }))

it('a run killed at twelve random moments ends in the weights and metrics of one left alone (2 threads, AdamW)', async () => {
  const whole = join(folder, 'whole')
  const broken = join(folder, 'broken')
  const start = performance.now()
  await train({ ...options, runFolder: whole })
  // Shares of what a whole run takes on this machine: three of them cannot reach its end.
  const longest = Math.ceil((performance.now() - start) / 4)
  const moments = new RandomStream(11)
  let kills = 0
  for (let attempt = 0; attempt < 12; attempt++) {
    // Before config.json is written there is no run to resume.
    const args: [string, string] = existsSync(join(broken, 'config.json'))
      ? ['resume', broken]
      : ['train', JSON.stringify({ ...options, runFolder: broken })]
    if (!(await killable.runUntil(args, START_MS + moments.integer(longest)))) break
    kills++
  }
  if (!existsSync(join(broken, 'config.json'))) await train({ ...options, runFolder: broken })
  else await resume(broken)

  expect(kills).toBeGreaterThan(2)
  expect(await tensorBytes(join(broken, 'last.safetensors'))).toEqual(
    await tensorBytes(join(whole, 'last.safetensors')),
  )
  expect(await readFile(join(broken, 'best.safetensors'))).toEqual(
    await readFile(join(whole, 'best.safetensors')),
  )
  expect(await metricsWithoutClock(broken)).toEqual(await metricsWithoutClock(whole))
  expect((await readdir(broken)).sort()).toEqual((await readdir(whole)).sort())
}, 600_000)
