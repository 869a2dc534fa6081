import type { ScheduleOptions } from './options.ts'

export interface ScheduleContext {
  /** Base rate. */
  readonly learningRate: number
  readonly schedule: ScheduleOptions
  readonly warmupEpochs: number
  readonly epochs: number
  readonly stepsPerEpoch: number
}

/**
 * The learning rate of a step. During the warm-up it rises linearly, reaching the base rate at its last step; the cosine
 * runs over the steps after the warm-up and would reach 0 one step after the last. Steps of the step schedule count epochs
 * from the beginning of the run, warm-up included.
 *
 * @param step from 0
 */
export function learningRateAt(step: number, context: ScheduleContext): number {
  const { learningRate, schedule, stepsPerEpoch } = context
  const warmupSteps = Math.round(context.warmupEpochs * stepsPerEpoch)
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps
  switch (schedule.name) {
    case 'constant':
      return learningRate
    case 'step': {
      const passed = schedule.epochs.filter((epoch) => step >= epoch * stepsPerEpoch).length
      return learningRate * schedule.factor ** passed
    }
    case 'cosine': {
      const total = context.epochs * stepsPerEpoch - warmupSteps
      return (learningRate * (1 + Math.cos((Math.PI * (step - warmupSteps)) / total))) / 2
    }
  }
}
