import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Engine, openEngine } from '../../src/engine/index.ts'
import { type ImageDataset, openDataset } from '../../src/io/index.ts'
import { createModel } from '../../src/model/index.ts'
import {
  countsProtocol,
  type RobustnessResult,
  robustnessCsv,
  robustnessTable,
  testRobustness,
} from '../../src/robustness/index.ts'
import type { TrainedModel } from '../../src/train/index.ts'
import { SIDE, writeTinyData } from '../train/tiny-data.ts'

let folder: string
let engine: Engine
let dataset: ImageDataset
let pure: TrainedModel
let resnet: TrainedModel
let result: RobustnessResult

/** A model with its first weights: what it predicts is of no matter here. */
function untrained(architecture: string, seed: number, side = SIDE): TrainedModel {
  const model = createModel({ architecture, width: 0.25, inputSize: [side, side, 3] })
  return {
    name: architecture,
    config: model.config,
    ...model.initialise(seed),
    metadata: {
      classes: dataset.classes,
      normalisation: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
      temperature: null,
      version: 'test',
      provenance: {},
    },
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregalaxy-robustness-'))
  dataset = await openDataset(await writeTinyData(folder, 40), { cacheDirectory: folder })
  engine = await openEngine('onnx', { threads: 1, purpose: 'inference' })
  pure = untrained('pure20', 1)
  resnet = untrained('resnet20', 2)
  result = await testRobustness(pure, dataset, {
    engine,
    protocol: countsProtocol([12, 3]),
    against: resnet,
    seeds: [1, 2, 3],
  })
})

afterAll(async () => {
  await engine.dispose()
  await dataset.close()
  await rm(folder, { recursive: true, force: true })
})

describe('testRobustness', () => {
  it('judges the pictures with an exact label, at every level and seed', () => {
    // 40 pictures, every fifth label partial, the last unknown.
    expect(result.n).toBe(31)
    expect(result.model.levels.map(({ level }) => level)).toEqual([12, 3])
    for (const { perSeed, accuracy } of result.model.levels) {
      expect(perSeed).toHaveLength(3)
      expect(accuracy).toBeCloseTo(perSeed.reduce((a, b) => a + b) / 3, 12)
    }
    expect(result.model.clean).toMatchObject({ level: null, interval: null, relativeAccuracy: 1 })
  })

  it('shows both models the same noisy pictures: a model against itself never differs', async () => {
    const same = await testRobustness(pure, dataset, {
      engine,
      protocol: countsProtocol([5]),
      against: pure,
      seeds: [4],
    })
    expect(same.paired).toEqual(
      [null, 5].map((level) => ({
        level,
        difference: 0,
        interval: null,
        mcnemar: { onlyModel: 0, onlyAgainst: 0, p: 1 },
      })),
    )
    expect(same.meanCorruptionError).toBeCloseTo(100, 9)
  })

  it('gives the same figures for another batch size', async () => {
    const other = await testRobustness(pure, dataset, {
      engine,
      protocol: countsProtocol([12, 3]),
      against: resnet,
      seeds: [1, 2, 3],
      batchSize: 7,
    })
    expect(other.model.levels.map(({ perSeed }) => perSeed)).toEqual(
      result.model.levels.map(({ perSeed }) => perSeed),
    )
  })

  it('pairs the models and sums their errors', () => {
    const { paired, model, against, meanCorruptionError } = result
    const level = paired![2]!
    expect(level.difference).toBeCloseTo(model.levels[1]!.accuracy - against!.levels[1]!.accuracy, 12)
    const errors = (levels: readonly { accuracy: number }[]) =>
      levels.reduce((sum, { accuracy }) => sum + 1 - accuracy, 0)
    expect(meanCorruptionError).toBeCloseTo((100 * errors(model.levels)) / errors(against!.levels), 9)
  })

  it('refuses models and data that do not fit, before it starts', async () => {
    const run = (model: TrainedModel, changes = {}) =>
      testRobustness(model, dataset, { engine, protocol: countsProtocol(), ...changes })
    await expect(run(untrained('pure20', 1, 16))).rejects.toMatchObject({ code: 'train.size' })
    const slugs = [...dataset.classes.slugs].reverse()
    const foreign = { ...pure, metadata: { ...pure.metadata, classes: { slugs, names: slugs } } }
    await expect(run(foreign)).rejects.toMatchObject({ code: 'train.classes' })
    await expect(run(pure, { against: foreign })).rejects.toMatchObject({ code: 'train.classes' })
    await expect(run(pure, { seeds: [1, 1] })).rejects.toMatchObject({ code: 'robustness.seeds' })
    const partial = Array.from({ length: 8 }, (_, k) => 5 * k + 3)
    await expect(run(pure, { indices: partial })).rejects.toMatchObject({ code: 'robustness.no-labels' })
  })

  it('counts its progress over all passes', async () => {
    const seen: number[] = []
    let total = 0
    await testRobustness(pure, dataset, {
      engine,
      protocol: countsProtocol([12]),
      seeds: [1, 2],
      onProgress: (done, all) => {
        seen.push(done)
        total = all
      },
    })
    expect(total).toBe(3 * 31)
    expect(seen.at(-1)).toBe(total)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
  })
})

describe('tables', () => {
  it('are CSV with a row a model and level', () => {
    const rows: Record<string, string>[] = parse(robustnessCsv(result), { columns: true })
    expect(rows.map(({ model, level }) => `${model} ${level}`)).toEqual([
      'pure20 ',
      'pure20 12',
      'pure20 3',
      'resnet20 ',
      'resnet20 12',
      'resnet20 3',
    ])
    expect(Number(rows[1]!.accuracy)).toBe(result.model.levels[0]!.accuracy)
    expect(Number(rows[1]!.low)).toBe(result.model.levels[0]!.interval![0])
  })

  it('are text with columns that line up', () => {
    const lines = robustnessTable(result).split('\n')
    expect(lines[0]).toMatch(/photons at full scale +pure20 +relative +ECE +resnet20/)
    expect(new Set(lines.slice(0, 4).map(({ length }) => length)).size).toBe(1)
    expect(lines[1]).toContain('no noise')
  })
})
