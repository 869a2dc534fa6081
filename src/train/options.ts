import type { AugmentationOptions } from '../augment/index.ts'
import type { EngineName, Precision } from '../engine/types.ts'
import type { SecondLayer } from '../model/index.ts'

/** Momentum SGD in PyTorch's convention: v ← momentum·v + gradient, parameter ← parameter − rate·v. */
export interface SgdOptions {
  readonly name: 'sgd'
  /** 0 to below 1. */
  readonly momentum: number
  /** Added to the gradient (coupled), as in PyTorch's SGD; only weights of convolutions and of the classifier decay. */
  readonly weightDecay: number
}

/** AdamW (Loshchilov and Hutter 2019): weight decay acts on the parameter, not on the gradient. */
export interface AdamwOptions {
  readonly name: 'adamw'
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  /** Decoupled: parameter ← parameter·(1 − rate·weightDecay); same parameters as for SGD. */
  readonly weightDecay: number
}

export type OptimiserOptions = SgdOptions | AdamwOptions

/** How the learning rate goes with the step, after the warm-up. */
export type ScheduleOptions =
  | { readonly name: 'constant' }
  /** Multiplied by `factor` once each of `epochs` has passed. */
  | { readonly name: 'step'; readonly epochs: readonly number[]; readonly factor: number }
  /** Half a cosine from the base rate to 0 at the last step. */
  | { readonly name: 'cosine' }

export type ClassWeighting = 'none' | 'inverse' | 'inverse-sqrt'

/** Which pictures train and which validate. The part `test` of a split is never looked at. */
export interface ValidationOptions {
  /** A split file (`puregalaxy split`): trains on its part `train`, validates on `val` where it has one. */
  readonly split?: string
  /**
   * Fraction of the training pictures set aside where no split says which: grouped by sky position where there are
   * coordinates, stratified by class. Default 0.1; 0 for no validation: the last epoch is then the best.
   */
  readonly fraction?: number
}

/** The part of the options that presets may set. */
export interface Recipe {
  readonly epochs: number
  readonly batchSize: number
  readonly learningRate: number
  readonly optimiser: OptimiserOptions
  readonly schedule: ScheduleOptions
  /** Epochs over which the rate rises linearly from 0; may be a fraction. */
  readonly warmupEpochs: number
  /** 0 to below 1: share of the target spread evenly over the classes. */
  readonly labelSmoothing: number
  /**
   * `inverse`: weight ∝ 1/count, so that each class weighs as much as any other; `inverse-sqrt`: ∝ 1/√count, half way.
   * The mean over the training pictures is 1.
   */
  readonly classWeights: ClassWeighting
  readonly augmentation: AugmentationOptions
}

/** What the model is; the rest of its configuration follows from its name (see `src/model`). */
export interface ModelChoice {
  /** `pure20`, `resnet34` … */
  readonly architecture: string
  /** Scales the channels; default 1. */
  readonly width?: number
  readonly stem?: 'cifar' | 'imagenet'
  readonly shortcut?: 'A' | 'B'
  readonly finalReLU?: boolean
  readonly initialisation?: 'scaled' | 'kaiming'
  readonly exponentClip?: number | null
  readonly secondLayer?: SecondLayer
  readonly fixedTheta?: boolean
}

/** Options of {@link train}; what is left out comes from the preset, then from {@link DEFAULT_RECIPE}. */
export interface TrainOptions extends Partial<Recipe> {
  /** Path of the data set: anything that `openDataset` reads. */
  readonly data: string
  /** For data in parts (CIFAR-10, ImageNet): which part; default `train`. */
  readonly subset?: string
  /** The folder that the run writes; it must not hold a run already. */
  readonly runFolder: string
  readonly model: ModelChoice
  /** [height, width] in pixels; default: as stored. */
  readonly size?: readonly [number, number]
  readonly preset?: PresetName
  /** Default: `{ fraction: 0.1 }`. */
  readonly validation?: ValidationOptions
  readonly engine?: EngineName | 'auto'
  /** CPU threads; default: all cores. */
  readonly threads?: number
  /** Devices that share each batch; default 1. More than one is for engine `xla`, and divides the batch size. */
  readonly devices?: number
  /** Of convolutions and matrix products; default `float32`. `bfloat16` is for engine `xla`. */
  readonly precision?: Precision
  /**
   * Whether the training pictures are kept where the engine computes, and moved and made noisy there, which pictures that
   * are redrawn or resized cannot be; default: on an accelerator, where they fit in half its memory and that changes no
   * result. It changes some that noise of `exposure` is added to: there it is rounded otherwise.
   */
  readonly dataOnDevice?: boolean
  /**
   * Draws noise of protocol `exposure` on training pictures that lack the stretch which it undoes, too: that is noise, and
   * none of an exposure. Default: they are refused.
   */
  readonly anyStretch?: boolean
  /** 0 to 2³² − 1; default 1. Decides initial weights, order, augmentation and the validation split. */
  readonly seed?: number
  /** Minutes between checkpoints inside an epoch (one is always written at its end); default 5. */
  readonly checkpointMinutes?: number
  /** Training batches over which batch normalisation's statistics are averaged before validation; default 50. */
  readonly recalibrationBatches?: number
  readonly cacheDirectory?: string
}

export type PresetName = 'paper-cifar10' | 'galaxy10'

/** Where a run is; called after every step, and while data are prepared, programs compiled, and validating. */
export interface TrainProgress {
  readonly phase: 'prepare' | 'compile' | 'train' | 'recalibrate' | 'validate'
  /** From 1. */
  readonly epoch: number
  readonly epochs: number
  /** Work done and in all, in the unit of the phase (pictures, programs, steps, batches). */
  readonly done: number
  readonly total: number
  /** Training steps done since the run began (over all resumes) and in all. */
  readonly step: number
  readonly steps: number
  /** Mean training loss of the epoch so far, or null. */
  readonly loss: number | null
  readonly learningRate: number
  /** Training pictures per second since the process began, validation included, or null. */
  readonly imagesPerSecond: number | null
  /** Estimated from the time since the process began, or null. */
  readonly secondsRemaining: number | null
  /** The line of the epoch that just ended, once. */
  readonly epochSummary?: EpochSummary
}

export interface TrainHooks {
  /** Called once, before the data are opened: the engine that trains, where `auto` was asked for what it became. */
  readonly onEngine?: (name: EngineName) => void
  readonly onProgress?: (progress: TrainProgress) => void
  /** Aborting ends the run with status `interrupted`, after the current step with a checkpoint, before the first without one. */
  readonly signal?: AbortSignal
}

/** Figures of the validation pictures, with recalibrated BN statistics. */
export interface ValidationSummary {
  /** Pictures with an exact label, and the fraction of them predicted right (null when there are none). */
  readonly exact: number
  readonly accuracy: number | null
  /** Pictures with a partial label, and the fraction of them whose predicted class is admitted. */
  readonly partial: number
  readonly admittedAccuracy: number | null
  /** What `best.safetensors` is chosen by: the fraction of all labelled pictures whose predicted class is admitted. */
  readonly score: number
  /** Mean and median of −log of the admitted probability; the median is robust to the few pictures that blow up. */
  readonly meanLogLoss: number
  readonly medianLogLoss: number
}

/** State of one product unit, or of the floor in its place (`secondLayer: 'floor'`), at the end of an epoch, over the recalibration batches. */
export interface ProductUnitHealth {
  readonly name: string
  readonly theta: number
  /** Fraction of inputs on the floor. */
  readonly floorHitFraction: number
  /** Null without exponents. */
  readonly exponentMin: number | null
  readonly exponentMax: number | null
  /** Exponents that the clip changed, or null without a clip. */
  readonly clipped: number | null
}

/** A line `"kind": "epoch"` of metrics.ndjson. */
export interface EpochSummary {
  readonly kind: 'epoch'
  readonly epoch: number
  readonly step: number
  readonly learningRate: number
  /** Mean loss and fraction admitted over the epoch's (augmented) training pictures. */
  readonly trainLoss: number
  readonly trainAccuracy: number
  readonly validation: ValidationSummary | null
  readonly best: boolean
  /** Seconds that the run has taken, over all resumes. */
  readonly seconds: number
  /** Since the process began; null where it took no step, because it resumed behind the last one of the epoch. */
  readonly imagesPerSecond: number | null
  /** 0 to 1: how much of its steps' time the epoch waited for batches, since the process began. */
  readonly waitingShare: number
  readonly health: readonly ProductUnitHealth[]
}

/** A line `"kind": "step"` of metrics.ndjson. */
export interface StepSummary {
  readonly kind: 'step'
  readonly epoch: number
  readonly step: number
  readonly learningRate: number
  readonly loss: number
  readonly gradientNorm: number
}

export interface TrainResult {
  /** `finished`: all epochs done; `interrupted`: by the signal; `already-finished`: nothing was left to resume. */
  readonly status: 'finished' | 'interrupted' | 'already-finished'
  readonly runFolder: string
  readonly epochs: number
  readonly step: number
  readonly bestEpoch: number | null
  readonly bestScore: number | null
  readonly validation: ValidationSummary | null
  readonly seconds: number
  readonly files: {
    /** Null until an epoch has ended. */
    readonly best: string | null
    /** Null before the first step. */
    readonly last: string | null
    readonly metrics: string
    /** Null until an epoch has ended. */
    readonly report: string | null
  }
}
