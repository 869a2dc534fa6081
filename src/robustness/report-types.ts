import type { ModelConfig } from '../model/index.ts'
import type { NoiseTally, ProtocolName } from '../noise/index.ts'
import type { Interval } from '../train/evaluation-types.ts'

/**
 * What a robustness report is drawn from, and all of `results.json` (docs/robustness.schema.json). Fractions are 0 to 1;
 * levels run from the mildest to the worst, and the pictures as they are stand apart as `clean`.
 */
export interface RobustnessReport {
  readonly formatVersion: 1
  /** Of the package. */
  readonly version: string
  /** The command line, or null where the library was called. */
  readonly command: string | null
  readonly data: ReportData
  readonly engine: {
    readonly name: string
    /** Of the library that computes; null where it does not say. */
    readonly version: string | null
    readonly devices: readonly string[]
  }
  /** What the process ran on: `v20.20.2` and `linux x64`. */
  readonly runtime: { readonly node: string; readonly platform: string }
  /** Behind every interval. */
  readonly bootstrap: { readonly replicates: number; readonly seed: number }
  /** Of the way in which noise is drawn: figures of another version are of other noisy pictures. */
  readonly noiseVersion: number
  /** Noise seeds. */
  readonly seeds: readonly number[]
  /** What was compared; the first is what the report is about. Each has a model or more: training runs of one recipe. */
  readonly entries: readonly ReportEntry[]
  readonly protocols: readonly ProtocolReport[]
  /** Product units and floors under noise, a model that has any each; empty where none has. */
  readonly lenses: readonly ProductUnitLens[]
}

export interface ReportData {
  readonly path: string
  readonly hash: string
  readonly classes: { readonly slugs: readonly string[]; readonly names: readonly string[] }
  /** Pictures judged: with an exact label, and with one that admits several classes. */
  readonly exact: number
  readonly partial: number
  /** Left out: nothing is known of them. */
  readonly unlabelled: number
  /** Exact labels of each class. */
  readonly support: readonly number[]
  /** [height, width] as stored, pixels. */
  readonly storedSize: readonly [number, number]
  readonly pixelScale: ReportPixelScale
}

/** Arcsec per stored pixel of the pictures judged, by which `exposure` counts their light. */
export interface ReportPixelScale {
  /** Null where none is known. */
  readonly minimum: number | null
  readonly maximum: number | null
  /** Pictures whose scale is unknown: taken as the survey's own. */
  readonly unknown: number
}

export interface ReportEntry {
  readonly name: string
  readonly models: readonly ReportModel[]
}

export interface ReportModel {
  readonly name: string
  readonly architecture: string
  /** Trainable. */
  readonly parameters: number
  /** SHA-256 of the weights, hexadecimal. */
  readonly weights: string
  /** As catalogues cite it. */
  readonly version: string
  readonly inputSize: readonly [height: number, width: number, channels: 3]
  /** What else fixes the network: its ablation, where it is one. */
  readonly settings: Omit<ModelConfig, 'architecture' | 'classes' | 'inputSize'>
  /** Null: never calibrated. */
  readonly temperature: number | null
  readonly training: ReportTraining
}

/** How a model was trained, as far as its file says: null where it does not. */
export interface ReportTraining {
  /** Version of the package that began the run. */
  readonly puregalaxy: string | null
  /** Hash of the training data. */
  readonly dataHash: string | null
  /** Trained on. */
  readonly pictures: number | null
  readonly seed: number | null
  /** The epoch whose weights these are, from 1. */
  readonly epoch: number | null
  readonly preset: string | null
  /** As in config.json of its run: epochs, optimiser, augmentation, noise among it. */
  readonly recipe: Readonly<Record<string, unknown>> | null
  /** As in config.json: name, threads, precision, devices. */
  readonly engine: Readonly<Record<string, unknown>> | null
}

/** All about one protocol of noise. */
export interface ProtocolReport {
  readonly protocol: ProtocolName
  readonly unit: string
  readonly levels: readonly number[]
  /** Exposure noise on pictures that do not have the survey's stretch: a person asked for it, it measures nothing. */
  readonly illustration: boolean
  /** What the noise met in the pictures as they are. */
  readonly tally: NoiseTally
  /** One an entry, in their order. */
  readonly curves: readonly EntryCurve[]
  /** The first entry with each other one, each level and the pictures as they are (level null). */
  readonly comparisons: readonly Comparison[]
  readonly examples: readonly Example[]
}

/** One entry under one protocol. */
export interface EntryCurve {
  readonly clean: LevelFigures
  /** One a level. */
  readonly levels: readonly LevelFigures[]
  /** Area under accuracy over the levels, clean included, evenly spaced, by trapezoids, 0 to 1; one a model. */
  readonly area: Spread
  /**
   * Mean corruption error (Hendrycks and Dietterich 2019), percent: Σ error / Σ error of the baseline over the levels. The
   * baseline is the last entry, 100 by definition. Null with one entry, or where the baseline never errs.
   */
  readonly meanCorruptionError: number | null
}

/** A figure of several models: training runs of one recipe. */
export interface Spread {
  readonly mean: number
  /** One a model. */
  readonly perModel: readonly number[]
  /** Sample standard deviation over the models; null for one. */
  readonly deviation: number | null
}

/** One entry at one level. Figures that are no spread are means over models and noise seeds. */
export interface LevelFigures {
  /** Null: the pictures as they are. */
  readonly level: number | null
  readonly accuracy: Spread
  /** 95 %: bootstrap over pictures, noise seeds and, where there are several, models. */
  readonly interval: Interval
  /** `perSeed[model][seed]`; one seed where there is no noise. */
  readonly perSeed: readonly (readonly number[])[]
  /** Accuracy over that of the pictures as they are; null where that is 0. */
  readonly relativeAccuracy: number | null
  /** 95 %: of the same bootstrap; null where a replicate has no such figure. */
  readonly relativeInterval: Interval | null
  /** Over the classes that occur. */
  readonly macroF1: number
  /** Per class; null where it does not occur. */
  readonly recall: readonly (number | null)[]
  readonly expectedCalibrationError: number
  readonly meanConfidence: number
  /** Of the predictions, the fraction that equals the model's own without noise. */
  readonly agreement: number
  /** Of partial labels, the fraction whose prediction is admitted; null where there are none. */
  readonly admitted: number | null
  /** Confidence in bins of equal width from 0 to 1, for the calibration curve; means of an empty bin are null. */
  readonly calibration: readonly CalibrationBin[]
}

export interface CalibrationBin {
  /** Share of the predictions, 0 to 1. */
  readonly share: number
  readonly confidence: number | null
  readonly accuracy: number | null
}

export interface Comparison {
  /** Position of the other entry in `entries`. */
  readonly against: number
  readonly level: number | null
  /** accuracy(first entry) − accuracy(the other). */
  readonly difference: number
  /** 95 %: bootstrap as of accuracies, paired by picture, noise seed and, where both have as many, model. */
  readonly interval: Interval
  /** McNemar's exact test on the first model of each entry and the first noise seed. */
  readonly mcnemar: {
    readonly onlyFirst: number
    readonly onlyOther: number
    readonly p: number
    /** After Holm's correction over all comparisons of the report. */
    readonly corrected: number
  }
  /** The same of relative accuracies; null for the pictures as they are, and where an entry has none. */
  readonly relative: {
    readonly difference: number
    readonly interval: Interval
    /** By the bootstrap, two-sided. */
    readonly p: number
    /** After Holm's correction over all comparisons of relative accuracies of the report. */
    readonly corrected: number
  } | null
}

/** One picture, as it is and at every level. */
export interface Example {
  /** Its row in the data set. */
  readonly index: number
  readonly id: string
  /** Its class. */
  readonly label: number
  /** The picture as it is, then at each level. */
  readonly views: readonly ExampleView[]
}

export interface ExampleView {
  readonly level: number | null
  /** A WebP file. */
  readonly webp: Uint8Array
  /** One an entry: what its first model says. */
  readonly answers: readonly { readonly prediction: number; readonly confidence: number }[]
}

/** Product units of one model, or the floors in their place (`secondLayer: 'floor'`), as it is and under noise. */
export interface ProductUnitLens {
  /** Position in `entries`, whose first model this is. */
  readonly entry: number
  readonly model: string
  readonly protocol: ProtocolName
  readonly units: readonly {
    readonly name: string
    readonly theta: number
    /** softplus(theta) + 1e-7 */
    readonly floor: number
    /** The pictures as they are, then each level. */
    readonly views: readonly UnitView[]
  }[]
}

export interface UnitView {
  readonly level: number | null
  /** Fraction of the inputs on the floor. */
  readonly floorHitFraction: number
  /** Null for a floor, which has no exponents. */
  readonly exponentMin: number | null
  readonly exponentMax: number | null
}
