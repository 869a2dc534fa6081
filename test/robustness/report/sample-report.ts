import sharp from 'sharp'
import { EMPTY_TALLY, type ProtocolName } from '../../../src/noise/index.ts'
import type {
  CalibrationBin,
  Comparison,
  EntryCurve,
  Example,
  LevelFigures,
  ProductUnitLens,
  ProtocolReport,
  ReportEntry,
  ReportModel,
  ReportTraining,
  RobustnessReport,
} from '../../../src/robustness/report-types.ts'

const CLASSES = [
  ['disturbed', 'Disturbed'],
  ['merging', 'Merging'],
  ['round_smooth', 'Round Smooth'],
  ['in_between_round_smooth', 'In-between Round Smooth'],
  ['cigar_shaped_smooth', 'Cigar Shaped Smooth'],
  ['barred_spiral', 'Barred Spiral'],
  ['unbarred_tight_spiral', 'Unbarred Tight Spiral'],
  ['unbarred_loose_spiral', 'Unbarred Loose Spiral'],
  ['edge_on_without_bulge', 'Edge-on without Bulge'],
  ['edge_on_with_bulge', 'Edge-on with Bulge'],
] as const
/** The class that does not occur has no recall. */
const SUPPORT = [21, 37, 53, 41, 0, 44, 38, 55, 62, 42]
const SEEDS = [1, 2, 3, 4, 5]
const SIDE = 48

export interface SampleOptions {
  /** Names of the entries, which have 3, 1, 1 … models. */
  readonly names?: readonly string[]
  /** Levels of the first protocol. */
  readonly levels?: readonly number[]
  readonly examples?: number
  readonly partial?: number
  readonly illustration?: boolean
}

/** A report with invented figures of every kind: nothing in it was measured. */
export async function sampleReport(options: SampleOptions = {}): Promise<RobustnessReport> {
  const { names = ['PURe20', 'ResNet20', 'ResNet20 with noise'], examples = 2, partial = 1231 } = options
  const { levels = [60, 25, 12, 5, 3], illustration = true } = options
  const entries = names.map((name, entry) => sampleEntry(name, entry))
  return {
    formatVersion: 1,
    version: '0.1.0',
    command:
      'puregalaxy robustness runs/a/best.safetensors test.h5 --against runs/b/best.safetensors --protocol counts,exposure --seeds 5 --out report/',
    data: {
      path: 'galaxies/test.h5',
      hash: '5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef',
      classes: { slugs: CLASSES.map(([slug]) => slug), names: CLASSES.map(([, name]) => name) },
      exact: SUPPORT.reduce((a, b) => a + b),
      partial,
      unlabelled: 7,
      support: SUPPORT,
      storedSize: [256, 256],
      pixelScale: { minimum: 0.262, maximum: 0.262, unknown: 0 },
    },
    engine: { name: 'onnx', version: '1.30.0', devices: ['cpu'] },
    runtime: { node: 'v20.20.2', platform: 'linux x64' },
    bootstrap: { replicates: 1000, seed: 1 },
    noiseVersion: 1,
    seeds: SEEDS,
    entries,
    protocols: [
      await sampleProtocol('counts', 'photons at full scale', levels, false, entries, examples, partial),
      await sampleProtocol(
        'exposure',
        'exposure fraction',
        [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32],
        illustration,
        entries,
        examples,
        partial,
      ),
    ],
    lenses: [
      sampleLens('runs/a/best.safetensors', 'counts', levels),
      sampleLens('runs/a/best.safetensors', 'exposure', [1 / 2, 1 / 32]),
    ],
  }
}

function sampleEntry(name: string, entry: number): ReportEntry {
  const count = entry === 0 ? 3 : 1
  return {
    name,
    models: Array.from({ length: count }, (_, model) => ({
      name: `runs/${'abc'[entry] ?? 'd'}${model}/best.safetensors`,
      architecture: entry === 0 ? 'pure20' : 'resnet20',
      parameters: entry === 0 ? 272_483 : 272_474,
      weights: `${entry}${model}`.repeat(32),
      version: `0.1.0+${entry}${model}`,
      inputSize: [64, 64, 3],
      settings: sampleSettings(entry),
      temperature: entry === 0 ? 1.234 : null,
      training: sampleTraining(entry, model),
    })),
  }
}

function sampleSettings(entry: number): ReportModel['settings'] {
  return {
    width: 1,
    stem: 'cifar',
    shortcut: 'B',
    finalReLU: entry > 0,
    initialisation: 'scaled',
    exponentClip: null,
    secondLayer: entry === 0 ? 'floor' : 'product',
    fixedTheta: entry === 0,
  }
}

/** The first entry's files say all; the others' say nothing. */
function sampleTraining(entry: number, model: number): ReportTraining {
  if (entry > 0) {
    const nothing = { puregalaxy: null, dataHash: null, pictures: null, seed: null, epoch: null }
    return { ...nothing, preset: null, recipe: null, engine: null }
  }
  return {
    puregalaxy: '0.1.0',
    dataHash: 'ad6807a0a381b92da75d67d6b2551811fef85fda7403fefea502240dc89b18ad',
    pictures: 9143,
    seed: model + 1,
    epoch: 15 + model,
    preset: 'galaxy10',
    recipe: {
      epochs: 18,
      optimiser: { name: 'sgd', momentum: 0.9 },
      augmentation: { redraw: 0.5, noise: { protocol: 'counts', levels: [60, 25], probability: 0.5 } },
    },
    engine: { name: 'onnx', threads: 2, devices: ['CPU, 2 threads'] },
  }
}

async function sampleProtocol(
  protocol: ProtocolName,
  unit: string,
  levels: readonly number[],
  illustration: boolean,
  entries: readonly ReportEntry[],
  examples: number,
  partial: number,
): Promise<ProtocolReport> {
  const curves = entries.map(({ models }, entry) => sampleCurve(levels, models.length, entry, partial > 0))
  const errors = (curve: EntryCurve) => curve.levels.reduce((sum, { accuracy }) => sum + 1 - accuracy.mean, 0)
  return {
    protocol,
    unit,
    levels,
    illustration: protocol === 'exposure' && illustration,
    tally: {
      ...EMPTY_TALLY,
      pictures: 393,
      clippedChannels: 120_345,
      saturatedPixels: 812,
      emptyBorders: protocol === 'exposure' ? 311 : 0,
    },
    curves: curves.map((curve) => ({
      ...curve,
      meanCorruptionError: entries.length > 1 ? (100 * errors(curve)) / errors(curves.at(-1)!) : null,
    })),
    comparisons: entries.slice(1).flatMap((_, other) => sampleComparisons(levels, curves, other + 1)),
    examples: await Promise.all(
      Array.from({ length: examples }, (_, index) => sampleExample(index, levels, entries.length)),
    ),
  }
}

function sampleCurve(levels: readonly number[], models: number, entry: number, partial: boolean): EntryCurve {
  const all = [null, ...levels].map((level, position) =>
    sampleFigures(level, position / levels.length, models, entry, partial),
  )
  const [clean, ...others] = all
  const areas = Array.from({ length: models }, (_, model) => 0.45 - 0.03 * entry + 0.01 * model)
  return { clean: clean!, levels: others, area: spread(areas), meanCorruptionError: null }
}

function sampleFigures(
  level: number | null,
  severity: number,
  models: number,
  entry: number,
  partial: boolean,
): LevelFigures {
  const start = 0.78 - 0.07 * entry
  const fall = (1 + Math.exp(-3)) / (1 + Math.exp(8 * severity - 3 + 0.5 * entry))
  const accuracy = Math.max(0.06, start * fall)
  const perModel = Array.from({ length: models }, (_, model) => accuracy + 0.02 * (model - (models - 1) / 2))
  const relativeAccuracy =
    accuracy / Math.max(0.06, (start * (1 + Math.exp(-3))) / (1 + Math.exp(-3 + 0.5 * entry)))
  const confidence = Math.max(accuracy, 0.8 - 0.25 * severity)
  return {
    level,
    accuracy: spread(perModel),
    interval: [accuracy - 0.045 + 0.01 * severity, accuracy + 0.043],
    perSeed: perModel.map((value) =>
      level === null ? [value] : SEEDS.map((seed) => value + 0.002 * (seed - 3)),
    ),
    relativeAccuracy,
    relativeInterval: level === null ? [1, 1] : [0.95 * relativeAccuracy, 1.04 * relativeAccuracy],
    macroF1: 0.8 * accuracy,
    recall: SUPPORT.map((count, k) => (count === 0 ? null : Math.min(1, accuracy * (0.55 + 0.09 * k)))),
    expectedCalibrationError: Math.abs(confidence - accuracy) + 0.03,
    meanConfidence: confidence,
    agreement: level === null ? 1 : Math.max(0.1, fall),
    admitted: partial ? 0.5 + 0.35 * fall : null,
    calibration: sampleBins(confidence - accuracy),
  }
}

function sampleBins(gap: number): CalibrationBin[] {
  const weights = Array.from({ length: 15 }, (_, bin) => (bin < 3 ? 0 : 1 + bin))
  const total = weights.reduce((a, b) => a + b)
  return weights.map((weight, bin) => {
    const confidence = (bin + 0.5) / 15
    return weight === 0
      ? { share: 0, confidence: null, accuracy: null }
      : { share: weight / total, confidence, accuracy: Math.max(0, confidence - gap * confidence) }
  })
}

function sampleComparisons(
  levels: readonly number[],
  curves: readonly EntryCurve[],
  against: number,
): Comparison[] {
  return [null, ...levels].map((level, position) => {
    const at = (curve: EntryCurve) => [curve.clean, ...curve.levels][position]!.accuracy.mean
    const difference = at(curves[0]!) - at(curves[against]!)
    const seen = difference > 0.05
    const p = seen ? 6e-5 * (position + 1) : 0.13 + 0.1 * position
    return {
      against,
      level,
      difference,
      interval: [difference - 0.045, difference + 0.045],
      mcnemar: { onlyFirst: seen ? 58 : 12, onlyOther: seen ? 21 : 14, p, corrected: Math.min(1, p * 6) },
      relative: level === null ? null : sampleRelative(position),
    }
  })
}

/** One level at which the first keeps more, one at which it keeps less, and no difference elsewhere. */
function sampleRelative(position: number): Comparison['relative'] {
  const difference = position === 1 ? 0.031 : position === 2 ? -0.052 : 0.004
  const p = position <= 2 ? 0.001 : 0.4
  return { difference, interval: [difference - 0.02, difference + 0.02], p, corrected: Math.min(1, 5 * p) }
}

async function sampleExample(index: number, levels: readonly number[], entries: number): Promise<Example> {
  const views = await Promise.all(
    [null, ...levels].map(async (level, position) => ({
      level,
      webp: await samplePicture(index, position / levels.length),
      answers: Array.from({ length: entries }, (_, entry) => ({
        prediction: position + entry < 4 ? 7 - 2 * index : (7 - 2 * index + position + entry) % 10,
        confidence: 0.93 - 0.1 * position,
      })),
    })),
  )
  return { index: 17 + index, id: `J09${index}431.2+331544`, label: 7 - 2 * index, views }
}

/** A blob with grain: enough to see that the right picture stands at the right place. */
async function samplePicture(index: number, severity: number): Promise<Uint8Array> {
  let state = 1 + index
  const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    const [x, y] = [Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE)]
    const radius = Math.hypot((x - SIDE / 2) * (1 + index), y - SIDE / 2)
    const light = 20 + 200 * Math.exp(-radius / (7 + (i % 3)))
    return Math.max(0, Math.min(255, light + 160 * severity * (state / 2 ** 32 - 0.5)))
  })
  return sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .webp()
    .toBuffer()
}

function sampleLens(model: string, protocol: ProtocolName, levels: readonly number[]): ProductUnitLens {
  return {
    entry: 0,
    model,
    protocol,
    units: Array.from({ length: 9 }, (_, unit) => ({
      name: `stage${1 + Math.floor(unit / 3)}.block${unit % 3}.product`,
      theta: -0.4 * unit + 0.2,
      floor: Math.log1p(Math.exp(-0.4 * unit + 0.2)) + 1e-7,
      views: [null, ...levels].map((level, position) => ({
        level,
        floorHitFraction: 0.7 + 0.02 * unit - (0.2 * position) / levels.length,
        exponentMin: -2 - unit * 0.5 - position,
        exponentMax: 3 + unit * 0.3 + (unit === 8 ? position : 0),
      })),
    })),
  }
}

function spread(perModel: readonly number[]) {
  const mean = perModel.reduce((a, b) => a + b) / perModel.length
  const squares = perModel.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return {
    mean,
    perModel,
    deviation: perModel.length > 1 ? Math.sqrt(squares / (perModel.length - 1)) : null,
  }
}
