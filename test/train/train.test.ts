import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openEngine } from '../../src/engine/index.ts'
import { openDataset } from '../../src/io/index.ts'
import {
  evaluate,
  type NoiseAugmentation,
  openPredictor,
  readTrainedModel,
  resume,
  type TrainOptions,
  train,
} from '../../src/train/index.ts'
import { SIDE, writeTinyData } from './tiny-data.ts'

// Training takes seconds on a free machine, minutes on a busy one.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

let folder: string
let data: string
let run: string

/** Brightness is the class: mirror images do no harm, and a few epochs learn it. */
const options = (changes: Partial<TrainOptions> = {}): TrainOptions => ({
  data,
  cacheDirectory: join(folder, 'cache'),
  runFolder: run,
  model: { architecture: 'pure20', width: 0.5 },
  engine: 'onnx',
  threads: 1,
  epochs: 6,
  batchSize: 32,
  learningRate: 0.05,
  validation: { fraction: 0.2 },
  ...changes,
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregalaxy-train-'))
  data = await writeTinyData(folder, 400)
  run = join(folder, 'run')
  await train(options())
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const withNoise = (changes: Partial<NoiseAugmentation>): Partial<TrainOptions> => ({
  augmentation: {
    symmetry: 'none',
    padAndCrop: 0,
    resizedCrop: null,
    redraw: 0,
    noise: { protocol: 'counts', levels: [12], probability: 0.5, ...changes },
  },
})

async function metrics(folder: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(folder, 'metrics.ndjson'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('train', () => {
  it('learns, and leaves a run folder with every file and no temporary one', async () => {
    expect((await readdir(run)).sort()).toEqual([
      'best.safetensors',
      'config.json',
      'last.safetensors',
      'metrics.ndjson',
      'report.html',
      'rows.json',
    ])
    const epochs = (await metrics(run)).filter(({ kind }) => kind === 'epoch')
    expect(epochs).toHaveLength(6)
    const { validation } = epochs.at(-1) as { validation: { accuracy: number } }
    expect(validation.accuracy).toBeGreaterThan(0.5)
  })

  it('tells of its compiling, and of a run that is interrupted there resumes to the very end', async () => {
    const interruption = new AbortController()
    const compiled: string[] = []
    const folder2 = join(folder, 'interrupted-while-compiling')
    const small = options({
      runFolder: folder2,
      epochs: 1,
      model: { architecture: 'resnet20', width: 0.0625 },
    })
    const interrupted = await train(small, {
      signal: interruption.signal,
      onProgress: ({ phase, done, total }) => {
        if (phase !== 'compile') return
        compiled.push(`${done}/${total}`)
        if (done === 1) interruption.abort()
      },
    })
    expect(interrupted).toMatchObject({ status: 'interrupted', epochs: 0, files: { best: null, last: null } })
    expect(compiled).toEqual(['0/3', '1/3'])
    const phases: string[] = []
    const resumed = await resume(folder2, { onProgress: ({ phase }) => phases.push(phase) })
    expect(resumed.status).toBe('finished')
    expect(phases.indexOf('compile')).toBeLessThan(phases.indexOf('train'))
  })

  it('refuses a batch that the devices cannot share', async () => {
    const uneven = { data, runFolder: join(folder, 'uneven'), model: { architecture: 'pure20' } } as const
    await expect(train({ ...uneven, batchSize: 16, devices: 3 })).rejects.toThrow(
      /multiple of the 3 devices, such as 18/,
    )
  })

  it('records what the run depends on', async () => {
    const config = JSON.parse(await readFile(join(run, 'config.json'), 'utf8'))
    expect(config.engine).toEqual({
      name: 'onnx',
      threads: 1,
      precision: 'float32',
      deviceCount: 1,
      devices: ['CPU, 1 thread'],
      dataOnDevice: null,
    })
    expect(config.data.hash).toMatch(/.{8}/)
    expect(config.recipe.optimiser).toEqual({ name: 'sgd', momentum: 0.9, weightDecay: 5e-4 })
    // 399 of 400 pictures have a label; every one is in one of the two parts.
    expect(config.pictures.train + config.pictures.validation).toBe(399)
    const rows = JSON.parse(await readFile(join(run, 'rows.json'), 'utf8'))
    expect(new Set([...rows.train, ...rows.val]).size).toBe(399)
  })

  it('logs the health of every product unit once an epoch', async () => {
    const last = (await metrics(run)).at(-1) as {
      health: { floorHitFraction: number; theta: number; name: string }[]
    }
    expect(last.health).toHaveLength(9)
    for (const unit of last.health) {
      expect(unit.name).toMatch(/product$/)
      expect(unit.floorHitFraction).toBeGreaterThan(0)
      expect(unit.floorHitFraction).toBeLessThan(1)
    }
  })

  it('writes a report of one page that needs nothing from outside', async () => {
    const report = await readFile(join(run, 'report.html'), 'utf8')
    expect(report).toContain('<polyline')
    expect(report).not.toMatch(/<script|<link|src=|url\(|@import|https?:\/\/(?!www\.w3\.org)/)
    expect(report).not.toContain('NaN')
  })

  it('keeps the epoch with the best validation score, with the figures that its validation gave', async () => {
    const trained = await readTrainedModel(join(run, 'best.safetensors'))
    const epochs = (await metrics(run)).filter(({ kind }) => kind === 'epoch') as unknown as {
      best: boolean
      epoch: number
      validation: { score: number; accuracy: number; exact: number }
    }[]
    const best = epochs.findLast((epoch) => epoch.best)!
    expect(best.validation.score).toBe(Math.max(...epochs.map(({ validation }) => validation.score)))
    expect(trained.metadata.provenance.epoch).toBe(best.epoch)

    const dataset = await openDataset(data, { cacheDirectory: join(folder, 'cache') })
    const engine = await openEngine('onnx', { threads: 1 })
    const rows = JSON.parse(await readFile(join(run, 'rows.json'), 'utf8'))
    const evaluation = await evaluate(trained, dataset, { engine, indices: rows.val, replicates: 50 })
    expect(evaluation.n).toBe(best.validation.exact)
    expect(evaluation.accuracy).toBeCloseTo(best.validation.accuracy, 12)
    expect(evaluation.temperature).toBe(trained.metadata.temperature ?? 1)
    await engine.dispose()
    await dataset.close()
  })

  it('stops with an error that names the layer where numbers stop being finite, keeping the last good state', async () => {
    const lost = join(folder, 'lost')
    const error: Error = await train(options({ runFolder: lost, learningRate: 100, warmupEpochs: 0 })).then(
      () => expect.fail('the run should not end well'),
      (reason) => reason,
    )
    expect(error).toMatchObject({ code: 'train.not-finite' })
    expect(error.message).toMatch(/at epoch \d+, step \d+: .*(stage\d\.block\d|stem|classifier)/)
    expect(error.message).toContain(lost)
    const { readCheckpoint } = await import('../../src/train/checkpoint.ts')
    const checkpoint = await readCheckpoint(join(lost, 'last.safetensors'), [])
    expect(checkpoint!.position.step).toBeGreaterThan(0)
  })

  it('trains without validation; the last epoch is then the best', async () => {
    const blind = join(folder, 'blind')
    const result = await train(options({ runFolder: blind, epochs: 2, validation: { fraction: 0 } }))
    expect(result).toMatchObject({ status: 'finished', bestEpoch: 2, bestScore: null, validation: null })
    expect((await readTrainedModel(result.files.best!)).metadata.temperature).toBeNull()
  })

  it('trains an ablation with noise on its pictures, and records both', async () => {
    const ablated = join(folder, 'ablated')
    const noise = { protocol: 'counts', levels: [60, 12], probability: 0.5 } as const
    await train(
      options({
        runFolder: ablated,
        epochs: 1,
        model: { architecture: 'pure20', width: 0.25, secondLayer: 'floor', fixedTheta: true },
        augmentation: { symmetry: 'square', padAndCrop: 0, resizedCrop: null, redraw: 0, noise },
      }),
    )
    const config = JSON.parse(await readFile(join(ablated, 'config.json'), 'utf8'))
    expect(config.model).toMatchObject({ secondLayer: 'floor', fixedTheta: true })
    expect(config.recipe.augmentation.noise).toEqual(noise)
    const trained = await readTrainedModel(join(ablated, 'best.safetensors'))
    expect(trained.config).toMatchObject({ secondLayer: 'floor', fixedTheta: true })
    expect(trained.metadata.provenance.recipe).toMatchObject({ augmentation: { noise } })
    const { health } = (await metrics(ablated)).at(-1) as { health: Record<string, unknown>[] }
    expect(health).toHaveLength(9)
    for (const floor of health) {
      expect(floor).toMatchObject({ theta: 0, exponentMin: null, exponentMax: null, clipped: null })
      expect(floor.name).toMatch(/second\.floor$/)
      expect(floor.floorHitFraction).toBeGreaterThan(0)
    }
    expect(await readFile(join(ablated, 'report.html'), 'utf8')).not.toMatch(/NaN|null<|undefined/)
  })

  it('goes on with a run of the time before ablations and noise: their keys are not in its folder', async () => {
    const older = join(folder, 'older')
    const controller = new AbortController()
    const changes = options({ runFolder: older, epochs: 1 })
    await train(changes, {
      signal: controller.signal,
      onProgress: ({ step }) => void (step === 2 && controller.abort()),
    })
    const path = join(older, 'config.json')
    const { model, ...config } = JSON.parse(await readFile(path, 'utf8'))
    const { secondLayer, fixedTheta, ...former } = model
    expect([secondLayer, fixedTheta, config.recipe.augmentation.noise]).toEqual(['product', false, undefined])
    await writeFile(path, JSON.stringify({ ...config, model: former }))
    expect(await resume(older)).toMatchObject({ status: 'finished', epochs: 1 })
    const trained = await readTrainedModel(join(older, 'best.safetensors'))
    expect(trained.config).toMatchObject({ secondLayer: 'product', fixedTheta: false })
    const last = (await metrics(older)).at(-1) as { health: Record<string, unknown>[] }
    expect(last.health[0]!.exponentMax).toEqual(expect.any(Number))
  })

  it.each([
    [{ epochs: 0 }, /epochs is 0/],
    [{ batchSize: 1 }, /batch size is 1/],
    [{ learningRate: -1 }, /learning rate is -1/],
    [{ labelSmoothing: 1 }, /label smoothing is 1/],
    [{ warmupEpochs: 7 }, /warm-up is 7/],
    [{ validation: { fraction: 1.5 } }, /validation fraction is 1.5/],
    [{ seed: -3 }, /seed is -3/],
    [{ batchSize: 1000 }, /fewer than the batch size 1000/],
    [{ data: '/nowhere/galaxies.h5' }, /nowhere/],
    [{ model: { architecture: 'pure21' } }, /pure21/],
    [{ model: { architecture: 'resnet20', fixedTheta: true } }, /resnet20 has no product units/],
    [withNoise({ probability: 0 }), /probability of noise is 0/],
    [withNoise({ levels: [0] }), /level 0/],
    [withNoise({ protocol: 'dust' as 'counts' }), /no noise protocol 'dust'/],
  ] satisfies [Partial<TrainOptions>, RegExp][])(
    'refuses %j before it writes anything',
    async (changes, message) => {
      const runFolder = join(folder, 'refused')
      await expect(train(options({ runFolder, ...changes }))).rejects.toThrow(message)
      await expect(readdir(runFolder)).rejects.toThrow()
    },
  )
})

describe('readTrainedModel', () => {
  it('says of a training state which file to name instead', async () => {
    await expect(readTrainedModel(join(run, 'last.safetensors'))).rejects.toThrow(/Name best\.safetensors/)
  })

  it('refuses a file that is no safetensors', async () => {
    const path = join(folder, 'text.safetensors')
    await writeFile(path, 'no model at all, but long enough')
    await expect(readTrainedModel(path)).rejects.toThrow(/text\.safetensors/)
  })
})

describe('openPredictor', () => {
  it('gives the same logits whatever the batch size, the last batch padded', async () => {
    const trained = await readTrainedModel(join(run, 'best.safetensors'))
    const engine = await openEngine('onnx', { threads: 1 })
    const pictures = Uint8Array.from({ length: 5 * SIDE * SIDE * 3 }, (_, i) => (i * 7919) % 251)
    const logits = await Promise.all(
      [1, 4].map(async (batchSize) => {
        const predictor = await openPredictor(trained, engine, { batchSize })
        const result = await predictor.predict(pictures)
        predictor.dispose()
        return result
      }),
    )
    expect(logits[0]).toHaveLength(50)
    for (const [k, value] of logits[0]!.entries()) expect(logits[1]![k]).toBeCloseTo(value, 3)
    await engine.dispose()
  })

  it('gives every symmetry of a picture the same logits when it averages over them', async () => {
    const trained = await readTrainedModel(join(run, 'best.safetensors'))
    const engine = await openEngine('onnx', { threads: 1 })
    const predictor = await openPredictor(trained, engine, { batchSize: 2, symmetries: true })
    const picture = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => (i * 31) % 200)
    const mirrored = new Uint8Array(picture.length)
    for (let y = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++)
        for (let c = 0; c < 3; c++)
          mirrored[(y * SIDE + (SIDE - 1 - x)) * 3 + c] = picture[(y * SIDE + x) * 3 + c]!
    const logits = await predictor.predict(Uint8Array.from([...picture, ...mirrored]))
    for (let k = 0; k < 10; k++) expect(logits[10 + k]).toBeCloseTo(logits[k]!, 3)
    predictor.dispose()
    await engine.dispose()
  })
})
