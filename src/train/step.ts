import {
  add,
  cast,
  clone,
  keep,
  mul,
  type Scalar,
  sqrt,
  square,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import type { TensorFunction, TensorSpec } from '../engine/types.ts'
import { type Model, type Normalisation, normalise, updateStatistics } from '../model/index.ts'
import { admittedCrossEntropy, countAdmitted } from './loss.ts'
import type { Optimiser } from './optimisers.ts'
import { allFinite, lossAndGradients } from './programs.ts'

/** What a training step is made of. */
export interface StepDefinition {
  readonly model: Model
  readonly optimiser: Optimiser
  readonly normalisation: Normalisation
  readonly labelSmoothing: number
  readonly batchSize: number
}

/**
 * A training step as one pure function of tensors, to be compiled by an engine:
 *
 *     (state…, pictures uint8 [n,h,w,3], masks uint8 [n,classes], weights [n], scalars of the optimiser…)
 *       → (state…, loss, hits, gradient norm, finite)
 *
 * The state is the parameters, then for each slot of the optimiser one tensor a parameter, then the running statistics,
 * each group in the model's order. Parameters that are not trained pass through, and no norm counts them. `hits` counts predictions that the label admits, `finite` is 1 where loss and gradient
 * are finite, else 0: then the new state is of no use. The program gets shapes that never change: the last, incomplete
 * batch of an epoch is left out (another order in the next epoch brings its pictures back).
 */
export interface TrainingStep {
  readonly fn: TensorFunction
  readonly inputs: readonly TensorSpec[]
  readonly stateSpecs: readonly StateSpec[]
}

/** A tensor of the training state and the name under which a checkpoint stores it. */
export interface StateSpec extends TensorSpec {
  readonly name: string
}

/** Builds the step of a model, an optimiser and a batch size. */
export function trainingStep(definition: StepDefinition): TrainingStep {
  const { model, optimiser, normalisation, labelSmoothing, batchSize } = definition
  const stateSpecs = trainingStateSpecs(model, optimiser)
  const parameterCount = model.parameters.length
  const slotCount = optimiser.slots.length
  const [height, width] = model.config.inputSize

  const fn: TensorFunction = (inputs) => {
    const parameters = inputs.slice(0, parameterCount)
    const statistics = inputs.slice(parameterCount * (1 + slotCount), stateSpecs.length)
    const [pictures, targetMasks, weights, ...scalars] = inputs.slice(stateSpecs.length) as [
      Tensor4D,
      Tensor2D,
      Tensor1D,
      ...Scalar[],
    ]
    const images = normalise(pictures, normalisation)
    const masks: Tensor2D = cast(targetMasks, 'float32')

    // What else the forward pass knows leaves the differentiated function by the side: kept there, handed over below.
    let aside: Tensor[] = []
    let counts: number[] = []
    const { loss, gradients } = lossAndGradients(model, parameters, (current) => {
      const { logits, batchStatistics, batchCounts } = model.forward(current, statistics, images, 'training')
      aside = [countAdmitted(logits, masks), ...batchStatistics].map(keep)
      counts = batchCounts
      return admittedCrossEntropy(logits, masks, weights, labelSmoothing)
    })
    const [hits, ...batchStatistics] = aside.map((kept) => {
      const copy = clone(kept)
      kept.dispose()
      return copy
    }) as [Tensor, ...Tensor[]]

    const gradientNorm = sqrt(
      gradients
        .flatMap((gradient) => (gradient ? [sum(square(gradient))] : []))
        .reduce((total, part) => add(total, part)),
    )
    const updated = parameters.map((parameter, position) => {
      const gradient = gradients[position]
      const slots = optimiser.slots.map((_, slot) => inputs[parameterCount * (1 + slot) + position]!)
      // What is not trained passes through, and what the optimiser keeps of it stays at zero.
      if (!gradient) return { parameter, slots }
      return optimiser.update({
        parameter,
        gradient,
        slots,
        scalars,
        decay: model.parameters[position]!.decay,
      })
    })
    return [
      ...updated.map(({ parameter }) => parameter),
      ...optimiser.slots.flatMap((_, slot) => updated.map(({ slots }) => slots[slot]!)),
      ...updateStatistics(statistics, batchStatistics, counts),
      loss,
      hits,
      gradientNorm,
      mul(allFinite(loss), allFinite(gradientNorm)),
    ]
  }

  const inputs: TensorSpec[] = [
    ...stateSpecs,
    { shape: [batchSize, height, width, 3], dtype: 'uint8' },
    { shape: [batchSize, model.config.classes], dtype: 'uint8' },
    { shape: [batchSize], dtype: 'float32' },
    ...Array.from({ length: optimiser.scalarCount }, (): TensorSpec => ({ shape: [], dtype: 'float32' })),
  ]
  return { fn, inputs, stateSpecs }
}

/** Names, shapes and order of the training state. */
export function trainingStateSpecs(model: Model, optimiser: Optimiser): StateSpec[] {
  const group = (prefix: string, specs: Model['parameters']): StateSpec[] =>
    specs.map(({ name, shape }) => ({ name: `${prefix}/${name}`, shape, dtype: 'float32' }))
  return [
    ...group('parameter', model.parameters),
    ...optimiser.slots.flatMap((slot) => group(slot, model.parameters)),
    ...group('statistic', model.statistics),
  ]
}
