import { describe, expect, it } from 'vitest'
import { planStudy } from '../../src/study/index.ts'

describe('planStudy', () => {
  it('is the recipe of the paper with three seeds, and two other rates with the first', () => {
    const { recipe, runs, grid } = planStudy('cifar10')
    expect(recipe).toMatchObject({ epochs: 160, learningRate: 0.01, batchSize: 128 })
    expect(runs.map(({ name }) => name)).toEqual([
      'pure20-lr0.01-seed1',
      'resnet20-lr0.01-seed1',
      'pure20-lr0.01-seed2',
      'resnet20-lr0.01-seed2',
      'pure20-lr0.01-seed3',
      'resnet20-lr0.01-seed3',
    ])
    expect(grid.map(({ name }) => name)).toEqual([
      'pure20-lr0.03-seed1',
      'resnet20-lr0.03-seed1',
      'pure20-lr0.1-seed1',
      'resnet20-lr0.1-seed1',
    ])
  })

  it('moves the drops of the rate and the warm-up with the number of epochs', () => {
    expect(planStudy('cifar10', { epochs: 6 }).recipe.schedule).toEqual({
      name: 'step',
      epochs: [3, 4.5],
      factor: 0.1,
    })
    expect(planStudy('galaxy10', { epochs: 10 }).recipe).toMatchObject({ epochs: 10, warmupEpochs: 0.5 })
  })

  it('takes both networks at another depth', () => {
    expect(planStudy('galaxy10', { depth: 20, size: 64 })).toMatchObject({
      architectures: ['pure20', 'resnet20'],
      size: 64,
    })
  })

  it('refuses networks that there are not, and names the depths that there are', () => {
    expect(() => planStudy('cifar10', { depth: 21 })).toThrow(
      'no networks of depth 21; expected one of 18, 20, 32, 34',
    )
  })

  it('refuses a study that there is not, and names those that there are', () => {
    expect(() => planStudy('imagenet')).toThrow('expected one of cifar10, galaxy10')
  })
})
