import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Engine, openEngine } from '../../src/engine/index.ts'
import { type ImageDataset, openDataset, writeGalaxy10 } from '../../src/io/index.ts'
import { createModel } from '../../src/model/index.ts'
import { openProtocol } from '../../src/noise/index.ts'
import { judgedPictures } from '../../src/robustness/judged-pictures.ts'
import {
  type JudgedModel,
  type MeasureOptions,
  measurePasses,
  passKey,
} from '../../src/robustness/measure-passes.ts'
import type { Dose } from '../../src/robustness/noisy-pictures.ts'
import { memoryPasses, type Pass } from '../../src/robustness/pass.ts'
import { GalaxySimulator } from '../../src/simulate/index.ts'
import { testedEngines } from '../engine/available.ts'

const SIDE = 24
const COUNT = 21

let folder: string
let dataset: ImageDataset

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregalaxy-passes-'))
  const simulator = new GalaxySimulator({ seed: 3, size: SIDE })
  const drawn = Array.from({ length: COUNT }, (_, index) => simulator.draw(index))
  const images = new Uint8Array(COUNT * 3 * SIDE ** 2)
  for (const [row, { picture }] of drawn.entries()) images.set(picture, row * 3 * SIDE ** 2)
  const labels = drawn.map((_, row) => row % 10)
  const path = join(folder, 'galaxies.h5')
  await writeGalaxy10({
    path,
    size: [SIDE, SIDE],
    batches: [{ images, labels, allowed: labels.map((label) => 1 << label) }],
  })
  dataset = await openDataset(path, { cacheDirectory: folder })
})

afterAll(async () => {
  await dataset.close()
  await rm(folder, { recursive: true, force: true })
})

function untrained(seed: number): JudgedModel {
  const model = createModel({ architecture: 'resnet20', width: 0.25, inputSize: [SIDE, SIDE, 3] })
  const trained = {
    name: `resnet20-${seed}`,
    config: model.config,
    ...model.initialise(seed),
    metadata: {
      classes: dataset.classes,
      normalisation: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
      temperature: null,
      version: 'test',
      provenance: {},
    },
  } satisfies JudgedModel['trained']
  return { trained, fingerprint: trained.name }
}

const doseOf = (name: string, level: number): Dose => ({ protocol: openProtocol(name), level, seed: 4 })

async function measure(
  engine: Engine,
  doses: readonly Dose[],
  changes: Partial<MeasureOptions> = {},
): Promise<Pass[]> {
  const models = [untrained(1), untrained(2)]
  const store = memoryPasses()
  const pictures = judgedPictures(dataset)
  const size = { height: SIDE, width: SIDE }
  const geometry = { stored: size, input: size }
  await measurePasses(models, doses, { engine, dataset, pictures, geometry, store, batchSize: 8, ...changes })
  return models.flatMap(({ fingerprint }) =>
    [null, ...doses].map((dose) => store.get(passKey(fingerprint, dose))!),
  )
}

/** An engine that notes the inputs of what it compiles. */
function watched(engine: Engine, free?: Engine['freeDeviceBytes']) {
  const compiled: string[][] = []
  const watching: Engine = {
    name: engine.name,
    devices: engine.devices,
    compile(fn, inputs, options) {
      compiled.push(inputs.map(({ dtype }) => dtype))
      return engine.compile(fn, inputs, options)
    },
    compileCached: (key, define) => engine.compileCached(key, define),
    upload: (tensor) => engine.upload(tensor),
    dispose: () => engine.dispose(),
    ...(free && { freeDeviceBytes: free }),
  }
  const noisePrograms = () => compiled.filter((types) => types[0] === 'uint8').length
  return { engine: watching, noisePrograms }
}

describe.each(await testedEngines('xla', 'cpu'))('passes with noise drawn on $title', ({ name, skip }) => {
  let engine: Engine
  beforeAll(async () => {
    if (!skip) engine = await openEngine(name, { purpose: 'inference' })
  })
  afterAll(() => engine?.dispose())

  it.skipIf(skip)(
    "are those with the host's noise: bit for bit in counts and additive, to 0.001 in exposure",
    {
      timeout: 60_000,
    },
    async () => {
      const doses = [
        doseOf('counts', 5),
        doseOf('counts', 60),
        doseOf('additive', 0.7),
        doseOf('exposure', 1 / 8),
      ]
      const host = await measure(engine, doses, { noiseOnDevice: false })
      const device = await measure(engine, doses, { noiseOnDevice: true })
      expect(device).toHaveLength(2 * (1 + doses.length))
      for (const [at, { predictions, confidences, tally }] of host.entries()) {
        const got = device[at]!
        expect(got.predictions).toEqual(predictions)
        expect(got.tally).toEqual(tally)
        const exposed = at % (1 + doses.length) === doses.length
        if (!exposed) expect(got.confidences).toEqual(confidences)
        for (const [row, confidence] of confidences.entries())
          expect(Math.abs(got.confidences[row]! - confidence)).toBeLessThan(1e-3)
      }
      // Noise was drawn: no pass is that without.
      for (const at of [1, 2, 3, 4]) expect(device[at]!.confidences).not.toEqual(device[0]!.confidences)
    },
  )
})

describe('noise', () => {
  it('is drawn by a program where the engine has an accelerator, one for each protocol', {
    timeout: 60_000,
  }, async () => {
    const cpu = await openEngine('cpu')
    const doses = [doseOf('counts', 5)]
    const [plain, accelerated] = [watched(cpu), watched(cpu, async () => 2 ** 30)]
    const host = await measure(plain.engine, doses)
    expect(plain.noisePrograms()).toBe(0)
    expect(await measure(accelerated.engine, doses)).toEqual(host)
    expect(accelerated.noisePrograms()).toBe(1)
  })

  it('stays on the host where stored pictures are resized after it', { timeout: 60_000 }, async () => {
    const cpu = await openEngine('cpu')
    const accelerated = watched(cpu, async () => 2 ** 30)
    const stored = { height: 2 * SIDE, width: 2 * SIDE }
    const larger = await openDataset(join(folder, 'galaxies.h5'), {
      cacheDirectory: folder,
      size: [stored.height, stored.width],
    })
    const geometry = { stored, input: { height: SIDE, width: SIDE } }
    const options = { dataset: larger, geometry }
    const doses = [doseOf('exposure', 1 / 2)]
    const passes = await measure(accelerated.engine, doses, options)
    expect(accelerated.noisePrograms()).toBe(0)
    expect(passes).toEqual(await measure(cpu, doses, options))
    // Noise on the model's own pixels comes after the resizing.
    const counts = await measure(accelerated.engine, [doseOf('counts', 5)], options)
    expect(accelerated.noisePrograms()).toBe(1)
    expect(counts).toEqual(await measure(cpu, [doseOf('counts', 5)], options))
    await larger.close()
  })

  it('is the same, bit for bit, in however many threads it is drawn', { timeout: 60_000 }, async () => {
    const engine = await openEngine('onnx', { purpose: 'inference', threads: 1 })
    const stored = { height: 2 * SIDE, width: 2 * SIDE }
    const larger = await openDataset(join(folder, 'galaxies.h5'), {
      cacheDirectory: folder,
      size: [stored.height, stored.width],
    })
    const doses = [doseOf('exposure', 1 / 8), doseOf('counts', 5), doseOf('additive', 0.7)]
    const scales = Array.from({ length: COUNT }, (_, index) => (index % 2 ? 0.524 : Number.NaN))
    const passes = (threads: number) =>
      measure(engine, doses, {
        dataset: larger,
        geometry: { stored, input: { height: SIDE, width: SIDE }, pixelScales: scales },
        threads,
      })
    const here = await passes(1)
    // One thread beside this one, some, and more than there are pictures for.
    for (const threads of [2, 4, 9]) expect(await passes(threads)).toEqual(here)
    expect(here[1]!.tally).toMatchObject({ pictures: COUNT })
    await larger.close()
    await engine.dispose()
  })

  it('is drawn for the next pass before a model has seen all of this one', { timeout: 60_000 }, async () => {
    const cpu = await openEngine('cpu')
    const events: string[] = []
    const noting: Engine = {
      ...watched(cpu).engine,
      async compile(fn, inputs, options) {
        const program = await cpu.compile(fn, inputs, options)
        return {
          ...program,
          run(given) {
            events.push('run')
            return program.run(given)
          },
        }
      },
    }
    const read: ImageDataset['read'] = (rows, out) => {
      events.push('read')
      return dataset.read(rows, out)
    }
    await measure(noting, [doseOf('counts', 5), doseOf('counts', 12)], {
      dataset: { ...dataset, read },
      threads: 2,
    })
    const order = events.join(' ')
    // Two models look at three batches each pass.
    expect(order).toBe(`read read ${'run '.repeat(6)}read ${'run '.repeat(12).trim()}`)
  })

  it('stops where it is told to, and leaves nothing reading', { timeout: 60_000 }, async () => {
    const cpu = await openEngine('cpu')
    const controller = new AbortController()
    let reading = 0
    const read: ImageDataset['read'] = async (rows, out) => {
      reading++
      await dataset.read(rows, out)
      reading--
    }
    const measuring = measure(cpu, [doseOf('counts', 5), doseOf('counts', 12)], {
      dataset: { ...dataset, read },
      threads: 3,
      signal: controller.signal,
      onProgress: (done) => done > COUNT && controller.abort(new Error('enough')),
    })
    await expect(measuring).rejects.toThrow('enough')
    expect(reading).toBe(0)
  })

  it('tells how long models waited for it', { timeout: 60_000 }, async () => {
    const cpu = await openEngine('cpu')
    const store = memoryPasses()
    const size = { height: SIDE, width: SIDE }
    const options = {
      engine: cpu,
      dataset,
      pictures: judgedPictures(dataset),
      geometry: { stored: size, input: size },
      store,
      batchSize: 8,
    }
    const times = await measurePasses([untrained(1)], [doseOf('counts', 5)], options)
    expect(times.seconds).toBeGreaterThan(0)
    expect(times.waiting).toBeGreaterThan(0)
    expect(times.waiting).toBeLessThan(times.seconds)
    // Nothing is missing any more, and nothing waits.
    expect((await measurePasses([untrained(1)], [doseOf('counts', 5)], options)).waiting).toBe(0)
  })
})
