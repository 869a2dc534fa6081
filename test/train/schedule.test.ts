import { describe, expect, it } from 'vitest'
import { PRESETS } from '../../src/train/index.ts'
import { learningRateAt, type ScheduleContext } from '../../src/train/schedule.ts'

const BASE: ScheduleContext = {
  learningRate: 0.1,
  schedule: { name: 'constant' },
  warmupEpochs: 0,
  epochs: 10,
  stepsPerEpoch: 20,
}

describe('learningRateAt', () => {
  it('stays at the base rate when constant', () => {
    expect([0, 57, 199].map((step) => learningRateAt(step, BASE))).toEqual([0.1, 0.1, 0.1])
  })

  it('follows the recipe of the paper: 0.01, a tenth after epoch 80 and again after 120', () => {
    const { learningRate, schedule, warmupEpochs, epochs } = PRESETS['paper-cifar10']
    const context = { learningRate, schedule, warmupEpochs, epochs, stepsPerEpoch: 390 }
    const at = (epoch: number, step = 0) => learningRateAt(epoch * 390 + step, context)
    expect(at(0)).toBe(0.01)
    expect(at(79, 389)).toBe(0.01)
    expect(at(80)).toBeCloseTo(0.001, 12)
    expect(at(119, 389)).toBeCloseTo(0.001, 12)
    expect(at(120)).toBeCloseTo(0.0001, 12)
    expect(at(159, 389)).toBeCloseTo(0.0001, 12)
  })

  it('falls along half a cosine: whole, half and nearly nothing', () => {
    const context: ScheduleContext = { ...BASE, schedule: { name: 'cosine' } }
    expect(learningRateAt(0, context)).toBeCloseTo(0.1, 12)
    expect(learningRateAt(100, context)).toBeCloseTo(0.05, 12)
    expect(learningRateAt(199, context)).toBeCloseTo((0.1 * (1 + Math.cos((Math.PI * 199) / 200))) / 2, 12)
  })

  it('rises linearly in the warm-up, reaches the base rate at its last step, and then begins the cosine', () => {
    const context: ScheduleContext = { ...BASE, schedule: { name: 'cosine' }, warmupEpochs: 2 }
    expect(learningRateAt(0, context)).toBeCloseTo(0.1 / 40, 12)
    expect(learningRateAt(19, context)).toBeCloseTo(0.05, 12)
    expect(learningRateAt(39, context)).toBeCloseTo(0.1, 12)
    expect(learningRateAt(40, context)).toBeCloseTo(0.1, 12)
    expect(learningRateAt(120, context)).toBeCloseTo(0.05, 12)
  })
})
