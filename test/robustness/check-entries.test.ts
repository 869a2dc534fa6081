import { describe, expect, it } from 'vitest'
import { createModel, type ModelConfig } from '../../src/model/index.ts'
import { checkEntries } from '../../src/robustness/index.ts'
import { GALAXY10_DECALS } from '../../src/survey/index.ts'
import type { TrainedModel } from '../../src/train/index.ts'

interface Run {
  readonly seed: number
  readonly config?: Partial<ModelConfig>
  readonly recipe?: object
  readonly dataHash?: string
}

const RECIPE = { epochs: 6, optimiser: { name: 'sgd', momentum: 0.9 }, augmentation: { symmetry: 'flip' } }

function run({ seed, config = {}, recipe = RECIPE, dataHash = 'ad68' }: Run): TrainedModel {
  const model = createModel({ architecture: 'pure20', width: 0.25, inputSize: [16, 16, 3], ...config })
  return {
    name: `runs/${seed}`,
    config: model.config,
    ...model.initialise(seed),
    metadata: {
      classes: GALAXY10_DECALS,
      normalisation: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
      temperature: null,
      version: 'test',
      provenance: { seed, recipe, dataHash },
    },
  }
}

const check = (...entries: (readonly Run[])[]) =>
  checkEntries(entries.map((runs, at) => ({ name: `entry ${at}`, models: runs.map(run) })))

describe('checkEntries', () => {
  it('takes runs of one recipe with different seeds, and different recipes as entries', () => {
    const noisy = { ...RECIPE, augmentation: { symmetry: 'flip', noise: { protocol: 'counts' } } }
    check(
      [{ seed: 1 }, { seed: 2 }, { seed: 3 }],
      [{ seed: 1, config: { architecture: 'resnet20' } }],
      [{ seed: 4, recipe: noisy }],
    )
  })

  it('refuses weights that stand twice in an entry, whatever their files are called', () => {
    const twice = [run({ seed: 1 }), { ...run({ seed: 1 }), name: 'elsewhere' }]
    expect(() => checkEntries([{ name: 'x', models: twice }])).toThrow(
      'runs/1 and elsewhere hold the same weights',
    )
    // The same model in two entries is a comparison that finds no difference.
    check([{ seed: 1 }], [{ seed: 1 }])
  })

  it.each([
    ['architecture', { config: { architecture: 'resnet20' } }, 'architecture is "pure20" and "resnet20"'],
    ['ablation', { config: { secondLayer: 'floor' } }, 'secondLayer is "product" and "floor"'],
    ['ablation of the floor', { config: { fixedTheta: true } }, 'fixedTheta is false and true'],
    ['epochs', { recipe: { ...RECIPE, epochs: 7 } }, 'recipe.epochs is 6 and 7'],
    [
      'noise in training',
      { recipe: { ...RECIPE, augmentation: { symmetry: 'flip', noise: { protocol: 'counts' } } } },
      'recipe.augmentation.noise is none and {"protocol":"counts"}',
    ],
    ['training data', { dataHash: '1234' }, 'hash of the training data is "ad68" and "1234"'],
  ] as const)('refuses models of an entry that differ in %s, and says in what', (_, change, says) => {
    expect(() => check([{ seed: 1 }, { seed: 2, ...change }])).toThrow(
      `runs/1 and runs/2 differ: ${says}. Compare them as entries of their own (--against).`,
    )
  })

  it('takes what is left out for none', () => {
    const told = { ...RECIPE, augmentation: { symmetry: 'flip', noise: null } }
    check([{ seed: 1 }, { seed: 2, recipe: told }])
  })

  it('refuses input sizes that differ, and entries without a model', () => {
    expect(() => check([{ seed: 1 }], [{ seed: 2, config: { inputSize: [32, 32, 3] } }])).toThrow(
      'runs/1 takes pictures of 16×16 pixels, runs/2 of 32×32',
    )
    expect(() => check([{ seed: 1 }], [])).toThrow('2 entries with 1 models')
    expect(() => check()).toThrow('0 entries')
  })
})
