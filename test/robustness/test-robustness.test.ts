import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Engine, openEngine } from '../../src/engine/index.ts'
import { type ImageDataset, openDataset } from '../../src/io/index.ts'
import { createModel, type ModelConfig } from '../../src/model/index.ts'
import {
  countsProtocol,
  EMPTY_TALLY,
  exposureProtocol,
  memoryPasses,
  type PassStore,
  type RobustnessEntry,
  type RobustnessReport,
  reportJson,
  testRobustness,
} from '../../src/robustness/index.ts'
import { judgedPictures } from '../../src/robustness/judged-pictures.ts'
import type { TrainedModel } from '../../src/train/index.ts'
import { modelFingerprint } from '../../src/train/weights-hash.ts'
import { SIDE, writeTinyData } from '../train/tiny-data.ts'

let folder: string
let engine: Engine
let dataset: ImageDataset
let entries: RobustnessEntry[]
let report: RobustnessReport

/** A model with its first weights: what it predicts is of no matter here. */
function untrained(
  architecture: string,
  seed: number,
  side = SIDE,
  settings: Partial<ModelConfig> = {},
): TrainedModel {
  const model = createModel({ architecture, width: 0.25, inputSize: [side, side, 3], ...settings })
  return {
    name: `${architecture}-${seed}`,
    config: model.config,
    ...model.initialise(seed),
    metadata: {
      classes: dataset.classes,
      normalisation: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
      temperature: null,
      version: 'test',
      provenance: { seed },
    },
  }
}

const options = () => ({
  engine,
  protocols: [countsProtocol([12, 3])],
  seeds: [1, 2, 3],
  examples: 3,
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregalaxy-robustness-'))
  dataset = await openDataset(await writeTinyData(folder, 40), { cacheDirectory: folder })
  engine = await openEngine('onnx', { threads: 1, purpose: 'inference' })
  entries = [
    { name: 'PURe', models: [untrained('pure20', 1), untrained('pure20', 2)] },
    { name: 'ResNet', models: [untrained('resnet20', 2)] },
  ]
  report = await testRobustness(entries, dataset, options())
})

afterAll(async () => {
  await engine.dispose()
  await dataset.close()
  await rm(folder, { recursive: true, force: true })
})

describe('testRobustness', () => {
  it('tells the pixel scales of the pictures judged, and of no others', async () => {
    // The last is not judged: nothing is known of it.
    const pixelScales = Array.from(dataset.labels, (_, row) => (row === 1 ? Number.NaN : 0.2 + row / 100))
    const small = { ...options(), pixelScales, protocols: [countsProtocol([3])], seeds: [1], examples: 0 }
    const { data } = await testRobustness(entries, dataset, small)
    expect(data.pixelScale).toEqual({ minimum: 0.2, maximum: 0.2 + 38 / 100, unknown: 1 })
  })

  it('judges exact and partial labels, at every level and seed, of every model', () => {
    // 40 pictures, every fifth label partial, the last unknown.
    expect(report.data).toMatchObject({ exact: 31, partial: 8, unlabelled: 1, storedSize: [SIDE, SIDE] })
    expect(report.data.pixelScale).toEqual({ minimum: null, maximum: null, unknown: 39 })
    expect(report.data.support.reduce((a, b) => a + b)).toBe(31)
    const { curves, levels } = report.protocols[0]!
    expect(levels).toEqual([12, 3])
    for (const [entry, { clean, levels }] of curves.entries()) {
      expect(levels.map(({ level }) => level)).toEqual([12, 3])
      const relativeAccuracy = clean.accuracy.mean > 0 ? 1 : null
      expect(clean).toMatchObject({ level: null, relativeAccuracy, agreement: 1 })
      for (const { perSeed, accuracy, interval, admitted, calibration } of levels) {
        expect(perSeed.map(({ length }) => length)).toEqual(entry === 0 ? [3, 3] : [3])
        const all = perSeed.flat()
        expect(accuracy.mean).toBeCloseTo(all.reduce((a, b) => a + b) / all.length, 12)
        expect(interval[0]).toBeLessThanOrEqual(accuracy.mean)
        expect(interval[1]).toBeGreaterThanOrEqual(accuracy.mean)
        expect(admitted).toBeGreaterThanOrEqual(0)
        expect(calibration.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9)
      }
    }
  })

  it('tells of several runs of one recipe their mean and spread', () => {
    const { accuracy } = report.protocols[0]!.curves[0]!.clean
    const [a, b] = accuracy.perModel
    expect(accuracy.mean).toBeCloseTo((a! + b!) / 2, 12)
    expect(accuracy.deviation).toBeCloseTo(Math.abs(a! - b!) / Math.SQRT2, 12)
    expect(report.entries[0]!.models.map(({ training }) => training.seed)).toEqual([1, 2])
    expect(report.protocols[0]!.curves[1]!.clean.accuracy.deviation).toBeNull()
  })

  it('records what the models are and what it was measured with', () => {
    const [model] = report.entries[0]!.models
    expect(model).toMatchObject({
      architecture: 'pure20',
      settings: { width: 0.25, secondLayer: 'product', fixedTheta: false },
      training: { seed: 1, recipe: null, dataHash: null },
    })
    expect(report).toMatchObject({
      engine: { name: 'onnx', version: engine.version, devices: engine.devices },
      runtime: { node: process.version, platform: `${process.platform} ${process.arch}` },
      bootstrap: { replicates: 2000, seed: 1 },
      noiseVersion: 1,
    })
  })

  it('takes the area under accuracy by trapezoids, clean included', () => {
    const { clean, levels, area } = report.protocols[0]!.curves[1]!
    const [first, second] = levels
    const expected = (clean.accuracy.mean / 2 + first!.accuracy.mean + second!.accuracy.mean / 2) / 2
    expect(area.mean).toBeCloseTo(expected, 12)
  })

  it('sums errors relative to the last entry, which is its own baseline', () => {
    const [pure, resnet] = report.protocols[0]!.curves
    const errors = ({ levels }: typeof pure & object) =>
      levels.reduce((sum, { accuracy }) => sum + 1 - accuracy.mean, 0)
    expect(pure!.meanCorruptionError).toBeCloseTo((100 * errors(pure!)) / errors(resnet!), 9)
    expect(resnet!.meanCorruptionError).toBeCloseTo(100, 9)
  })

  it('gives relative accuracy an interval, and its difference between entries one with a test', async () => {
    // Answers as if they had been measured: of every ten pictures the first entry gets eight right without noise and
    // seven under it, the other seven and three.
    const rightOfTen = (model: string, level: number | null) =>
      model === modelFingerprint(entries[1]!.models[0]!) ? (level === null ? 7 : 3) : level === null ? 8 : 7
    const told: PassStore = {
      get({ model, level, protocol }) {
        const right = rightOfTen(model, level)
        const { labels, masks } = judgedPictures(dataset)
        const predictions = Int32Array.from({ length: labels.length + masks.length / 10 }, (_, row) =>
          row % 10 < right ? (labels[row] ?? 0) : (labels[row]! + 1) % 10,
        )
        const tally = protocol === null ? null : EMPTY_TALLY
        return { predictions, confidences: new Float32Array(predictions.length).fill(0.5), tally }
      },
      put: () => Promise.reject(new Error('all passes are there')),
    }
    const { protocols } = await testRobustness(entries, dataset, { ...options(), store: told, examples: 0 })
    const { curves, comparisons } = protocols[0]!
    expect(curves.map(({ clean }) => clean.relativeInterval)).toEqual([
      [1, 1],
      [1, 1],
    ])
    for (const { levels } of curves)
      for (const { relativeAccuracy, relativeInterval } of levels) {
        expect(relativeInterval![0]).toBeLessThan(relativeAccuracy!)
        expect(relativeInterval![1]).toBeGreaterThan(relativeAccuracy!)
      }
    const [clean, ...noisy] = comparisons
    expect(clean!.relative).toBeNull()
    for (const { level, relative } of noisy) {
      const [own, other] = curves.map(({ levels }) => levels.find((each) => each.level === level)!)
      expect(relative!.difference).toBeCloseTo(own!.relativeAccuracy! - other!.relativeAccuracy!, 12)
      expect(relative!.interval[0]).toBeGreaterThan(0)
      expect(relative!.p).toBeLessThan(0.01)
      // Holm: the smaller of two counts twice, and no other is smaller than it.
      expect(relative!.corrected).toBeGreaterThanOrEqual(
        2 * Math.min(...noisy.map((each) => each.relative!.p)),
      )
    }
  })

  it('shows all the same noisy pictures: a model against itself never differs', async () => {
    const [model] = entries[0]!.models
    const twice = [entries[0]!, { name: 'the same', models: [model!] }].map(({ name }) => ({
      name,
      models: [model!],
    }))
    const same = await testRobustness(twice, dataset, { ...options(), seeds: [4, 5] })
    for (const comparison of same.protocols[0]!.comparisons) {
      expect(comparison).toMatchObject({
        difference: 0,
        interval: [0, 0],
        mcnemar: { onlyFirst: 0, onlyOther: 0, p: 1, corrected: 1 },
      })
      if (comparison.relative !== null)
        expect(comparison.relative).toEqual({ difference: 0, interval: [0, 0], p: 1, corrected: 1 })
    }
  })

  it('gives the same figures for another batch size', async () => {
    const other = await testRobustness(entries, dataset, { ...options(), batchSize: 7 })
    const perSeed = ({ protocols }: RobustnessReport) =>
      protocols.flatMap(({ curves }) => curves.flatMap(({ levels }) => levels.map((level) => level.perSeed)))
    expect(perSeed(other)).toEqual(perSeed(report))
  })

  it('shows pictures of different classes at every level, with the answers that the passes hold', () => {
    const { examples } = report.protocols[0]!
    expect(new Set(examples.map(({ label }) => label)).size).toBe(3)
    for (const { views } of examples) {
      expect(views.map(({ level }) => level)).toEqual([null, 12, 3])
      for (const { webp, answers } of views) {
        expect([...webp.subarray(8, 12)]).toEqual([...Buffer.from('WEBP')])
        expect(answers).toHaveLength(2)
      }
    }
  })

  it('works anew only what its store lacks, and ends the same', async () => {
    const kept = memoryPasses()
    let [calls, left] = [0, 4]
    const dying: PassStore = {
      get: kept.get,
      async put(key, pass) {
        if (left-- === 0) throw new Error('killed')
        calls++
        await kept.put(key, pass)
      },
    }
    await expect(testRobustness(entries, dataset, { ...options(), store: dying })).rejects.toThrow('killed')
    left = Number.POSITIVE_INFINITY
    const resumed = await testRobustness(entries, dataset, { ...options(), store: dying })
    // Three models, clean and two levels with three seeds.
    expect(calls).toBe(3 * (1 + 2 * 3))
    expect(reportJson(resumed)).toBe(reportJson(report))
  })

  it('looks at product units and at floors in their place, and at nothing where there are none', async () => {
    const floor = untrained('pure20', 1, SIDE, { secondLayer: 'floor' })
    const ablated = [entries[1]!, { name: 'floor', models: [floor] }, entries[0]!]
    const { lenses } = await testRobustness(ablated, dataset, { ...options(), seeds: [1], examples: 0 })
    expect(lenses.map(({ entry, model }) => [entry, model])).toEqual([
      [1, 'pure20-1'],
      [2, 'pure20-1'],
    ])
    for (const [at, { units }] of lenses.entries()) {
      expect(units).toHaveLength(9)
      for (const { theta, floor, views } of units) {
        expect(floor).toBeCloseTo(Math.log1p(Math.exp(theta)), 6)
        expect(views.map(({ level }) => level)).toEqual([null, 12, 3])
        for (const { floorHitFraction, exponentMin, exponentMax } of views) {
          expect(floorHitFraction).toBeGreaterThan(0)
          expect(floorHitFraction).toBeLessThanOrEqual(1)
          if (at === 0) expect([exponentMin, exponentMax]).toEqual([null, null])
          else expect(exponentMax!).toBeGreaterThanOrEqual(exponentMin!)
        }
      }
    }
  })

  it('draws noise of stored pixels before it resizes, and reads clean pictures as openDataset resizes them', async () => {
    const side = 8
    const small = [{ name: 'small', models: [untrained('pure20', 1, side)] }]
    const run = (opened: ImageDataset, protocols = [countsProtocol([12])]) =>
      testRobustness(small, opened, { ...options(), protocols })
    const resized = await openDataset(join(folder, 'tiny.h5'), { cacheDirectory: folder, size: [side, side] })
    try {
      const atInput = await run(resized)
      const atStored = await run(dataset, [exposureProtocol([0.5, 1]), countsProtocol([12])])
      const clean = ({ protocols }: RobustnessReport) => protocols[0]!.curves[0]!.clean.perSeed
      expect(clean(atStored)).toEqual(clean(atInput))
      // The whole exposure adds nothing.
      const whole = atStored.protocols[0]!.curves[0]!.levels.find(({ level }) => level === 1)!
      expect(whole.agreement).toBe(1)
      // Noise on the model's pixels does not depend on how they came to be.
      expect(atStored.protocols[1]!.curves[0]!.levels[0]!.perSeed).toEqual(
        atInput.protocols[0]!.curves[0]!.levels[0]!.perSeed,
      )
    } finally {
      await resized.close()
    }
  })

  it('refuses models and data that do not fit, before it starts', async () => {
    const run = (models: TrainedModel[], changes = {}) =>
      testRobustness([entries[0]!, { name: 'x', models }], dataset, { ...options(), ...changes })
    const [pure] = entries[0]!.models
    const small = untrained('pure20', 1, 16)
    await expect(run([small])).rejects.toMatchObject({ code: 'robustness.size' })
    await expect(testRobustness([{ name: 'x', models: [small] }], dataset, options())).rejects.toMatchObject({
      code: 'robustness.size',
    })
    const slugs = [...dataset.classes.slugs].reverse()
    const foreign = { ...pure!, metadata: { ...pure!.metadata, classes: { slugs, names: slugs } } }
    await expect(run([foreign])).rejects.toMatchObject({ code: 'train.classes' })
    await expect(run([pure!], { seeds: [1, 1] })).rejects.toMatchObject({ code: 'robustness.seeds' })
    await expect(run([pure!], { protocols: [] })).rejects.toMatchObject({ code: 'robustness.entries' })
    await expect(run([])).rejects.toMatchObject({ code: 'robustness.entries' })
    const partial = Array.from({ length: 8 }, (_, k) => 5 * k + 3)
    await expect(run([pure!], { indices: partial })).rejects.toMatchObject({ code: 'robustness.no-labels' })
    await expect(run([pure!], { indices: [0, 10, 20] })).rejects.toMatchObject({
      code: 'robustness.one-class',
    })
  })

  it('counts its progress over all passes, then over figures', async () => {
    const seen: number[] = []
    const figures: [done: number, total: number][] = []
    let total = 0
    await testRobustness(entries, dataset, {
      ...options(),
      onProgress: (done, all) => {
        seen.push(done)
        total = all
      },
      onFigures: (done, all) => figures.push([done, all]),
    })
    expect(figures.map(([done]) => done)).toEqual(Array.from(figures, (_, at) => at))
    expect(figures.at(-1)![0]).toBe(figures.at(-1)![1])
    expect(total).toBe(7 * 39)
    expect(seen.at(-1)).toBe(total)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
  })
})
