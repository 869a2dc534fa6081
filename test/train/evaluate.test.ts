import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Engine, openEngine } from '../../src/engine/index.ts'
import { type ImageDataset, openDataset, writeGalaxy10 } from '../../src/io/index.ts'
import { createModel } from '../../src/model/index.ts'
import {
  confusionFigure,
  type Evaluation,
  evaluate,
  openPredictor,
  predictDataset,
  type TrainedModel,
} from '../../src/train/index.ts'
import { SIDE, writeTinyData } from './tiny-data.ts'

let folder: string
let engine: Engine
let dataset: ImageDataset
let trained: TrainedModel
let evaluation: Evaluation

/** A model with its first weights, which predicts something without having learnt it. */
function untrained(of: ImageDataset, temperature: number | null = null): TrainedModel {
  const classes = of.classes.slugs.length
  const model = createModel({ architecture: 'resnet20', width: 0.25, classes, inputSize: [SIDE, SIDE, 3] })
  return {
    name: 'resnet20',
    config: model.config,
    ...model.initialise(3),
    metadata: {
      classes: of.classes,
      normalisation: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
      temperature,
      version: 'test',
      provenance: {},
    },
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregalaxy-evaluate-'))
  dataset = await openDataset(await writeTinyData(folder, 60), { cacheDirectory: folder })
  engine = await openEngine('onnx', { threads: 1, purpose: 'inference' })
  trained = untrained(dataset)
  evaluation = await evaluate(trained, dataset, { engine, replicates: 100 })
})

afterAll(async () => {
  await engine.dispose()
  await dataset.close()
  await rm(folder, { recursive: true, force: true })
})

describe('evaluate', () => {
  it('counts exact, partial and unknown labels apart', () => {
    // Every fifth label is partial; the last picture has none.
    expect(evaluation.n).toBe(47)
    expect(evaluation.partial.n).toBe(12)
    expect(evaluation.unlabelled).toBe(1)
    expect(evaluation.confusion.flat().reduce((a, b) => a + b)).toBe(47)
  })

  it('agrees with predictions taken one by one', async () => {
    const predictor = await openPredictor(trained, engine, { batchSize: 5 })
    const exact = [...dataset.labels.keys()].filter((row) => dataset.labels[row]! >= 0)
    const [logits] = await predictDataset([predictor], dataset, exact)
    predictor.dispose()
    const predictions = exact.map((_, row) => {
      const values = [...logits!.subarray(10 * row, 10 * row + 10)]
      return values.indexOf(Math.max(...values))
    })
    const hits = exact.filter((row, position) => predictions[position] === dataset.labels[row]).length
    expect(evaluation.accuracy).toBeCloseTo(hits / exact.length, 12)
    const zeros = exact.filter((row) => dataset.labels[row] === 0).length
    const hitZeros = exact.filter(
      (row, position) => dataset.labels[row] === 0 && predictions[position] === 0,
    ).length
    expect(evaluation.recall[0]).toBeCloseTo(hitZeros / zeros, 12)
  })

  it('gives classes that do not occur null recall, and leaves them out of the mean', async () => {
    // Labels 3 and 8 are always partial.
    expect(evaluation.recall[3]).toBeNull()
    expect(evaluation.recall[8]).toBeNull()
    expect(evaluation.support[3]).toBe(0)
    expect(evaluation.macroF1).toBeGreaterThanOrEqual(0)
    const one = await evaluate(trained, dataset, { engine, indices: [0, 10, 20], replicates: 40 })
    expect(one.recall.filter((value) => value !== null)).toHaveLength(1)
  })

  it('gives intervals that hold the figure and depend on the seed alone', async () => {
    const [low, high] = evaluation.accuracyInterval!
    expect(low).toBeLessThanOrEqual(evaluation.accuracy!)
    expect(high).toBeGreaterThanOrEqual(evaluation.accuracy!)
    const again = await evaluate(trained, dataset, { engine, replicates: 100, batchSize: 9 })
    expect(again.accuracyInterval).toEqual(evaluation.accuracyInterval)
    expect(again.macroF1Interval).toEqual(evaluation.macroF1Interval)
  })

  it('has null figures, not numbers, where no label is exact', async () => {
    const partial = await evaluate(trained, dataset, { engine, indices: [3, 8, 13], replicates: 40 })
    expect(partial).toMatchObject({
      n: 0,
      accuracy: null,
      macroF1: null,
      ece: null,
      logLoss: null,
      brier: null,
    })
    expect(partial.partial.n).toBe(3)
    expect(JSON.stringify(partial)).not.toContain('NaN')
  })

  it('divides logits by the temperature of a calibrated model, and shows both', async () => {
    const calibrated = await evaluate(untrained(dataset, 4), dataset, { engine, replicates: 40 })
    expect(calibrated.temperature).toBe(4)
    expect(calibrated.accuracy).toBe(evaluation.accuracy)
    expect(calibrated.uncalibrated!.logLoss.mean).toBeCloseTo(evaluation.logLoss!.mean, 9)
    expect(calibrated.logLoss!.mean).not.toBeCloseTo(evaluation.logLoss!.mean, 3)
    expect(evaluation.uncalibrated).toBeNull()
  })

  it('gives the top-5 accuracy only where there are more than ten classes', async () => {
    expect(evaluation.top5).toBeNull()
    const slugs = Array.from({ length: 12 }, (_, k) => `class_${k}`)
    const path = join(folder, 'twelve.h5')
    const images = Uint8Array.from({ length: 24 * SIDE * SIDE * 3 }, (_, i) => (i * 7919) % 251)
    const labels = Array.from({ length: 24 }, (_, i) => i % 12)
    await writeGalaxy10({
      path,
      size: [SIDE, SIDE],
      classes: { slugs, names: slugs },
      batches: [{ images, labels }],
    })
    const twelve = await openDataset(path, { cacheDirectory: folder })
    const { top5, accuracy } = await evaluate(untrained(twelve), twelve, { engine, replicates: 40 })
    expect(top5).toBeGreaterThanOrEqual(accuracy!)
    expect(top5).toBeLessThanOrEqual(1)
    await expect(evaluate(trained, twelve, { engine })).rejects.toThrow(/knows 10 classes .* has 12/)
    await twelve.close()
  })

  it('refuses pictures of which nothing is known', async () => {
    await expect(evaluate(trained, dataset, { engine, indices: [59] })).rejects.toMatchObject({
      code: 'train.no-labels',
    })
  })

  it('stops when aborted', async () => {
    await expect(evaluate(trained, dataset, { engine, signal: AbortSignal.abort() })).rejects.toThrow()
  })
})

describe('confusionFigure', () => {
  it('draws every cell that counts, with names made safe', () => {
    const figure = confusionFigure(
      [
        [3, 1],
        [0, 2],
      ],
      ['<a> & "b"', 'c'],
      'a < b',
    )
    expect(figure.match(/<rect class="(right|wrong)"/g)).toHaveLength(3)
    expect(figure).toContain('&lt;a&gt; &amp; &quot;b&quot;')
    expect(figure).not.toMatch(/<a>|NaN/)
  })

  it('leaves names and numbers out where a thousand classes leave no room', () => {
    const count = 1000
    const confusion = Array.from({ length: count }, (_, k) =>
      Array.from({ length: count }, (_, p) => Number(p === k)),
    )
    const figure = confusionFigure(
      confusion,
      confusion.map((_, k) => `class ${k}`),
      'ImageNet',
    )
    expect(figure.match(/<rect class="right"/g)).toHaveLength(count)
    expect(figure.match(/<text/g)).toHaveLength(1)
  })
})
