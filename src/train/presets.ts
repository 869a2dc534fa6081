import { PureGalaxyError } from '../errors.ts'
import type { PresetName, Recipe } from './options.ts'

/** Without a preset: a recipe that learns on a few thousand small pictures within some epochs. */
export const DEFAULT_RECIPE: Recipe = {
  epochs: 20,
  batchSize: 64,
  learningRate: 0.05,
  optimiser: { name: 'sgd', momentum: 0.9, weightDecay: 5e-4 },
  schedule: { name: 'cosine' },
  warmupEpochs: 1,
  labelSmoothing: 0,
  classWeights: 'none',
  augmentation: { symmetry: 'square', padAndCrop: 0, resizedCrop: null, redraw: 0 },
}

/**
 * `paper-cifar10` is the recipe of the paper's CIFAR-10 experiments as its replication reports it. `galaxy10` is a choice
 * of this project: the paper does not give its own.
 */
export const PRESETS: Readonly<Record<PresetName, Recipe>> = {
  'paper-cifar10': {
    epochs: 160,
    batchSize: 128,
    learningRate: 0.01,
    optimiser: { name: 'sgd', momentum: 0.9, weightDecay: 1e-3 },
    schedule: { name: 'step', epochs: [80, 120], factor: 0.1 },
    warmupEpochs: 0,
    labelSmoothing: 0,
    classWeights: 'none',
    augmentation: { symmetry: 'flip', padAndCrop: 4, resizedCrop: null, redraw: 0 },
  },
  galaxy10: {
    epochs: 40,
    batchSize: 64,
    learningRate: 0.05,
    optimiser: { name: 'sgd', momentum: 0.9, weightDecay: 1e-3 },
    schedule: { name: 'cosine' },
    warmupEpochs: 2,
    labelSmoothing: 0.05,
    classWeights: 'none',
    augmentation: { symmetry: 'square', padAndCrop: 4, resizedCrop: null, redraw: 0.5 },
  },
}

/** @throws PureGalaxyError `train.preset` for a name that is not one of {@link PRESETS}. */
export function presetRecipe(name: string): Recipe {
  const recipe = Object.entries(PRESETS).find(([known]) => known === name)?.[1]
  if (recipe === undefined)
    throw new PureGalaxyError(
      'train.preset',
      `There is no preset "${name}". Known: ${Object.keys(PRESETS).join(', ')}.`,
    )
  return recipe
}
