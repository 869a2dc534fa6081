import type { Engine, HostTensor, Program } from '../../src/engine/index.ts'
import { createModel, type Model, resolveModelConfig } from '../../src/model/index.ts'
import { RandomStream } from '../../src/random/index.ts'
import { createOptimiser } from '../../src/train/optimisers.ts'
import { inferenceProgram } from '../../src/train/programs.ts'
import { type TrainingStep, trainingStep } from '../../src/train/step.ts'
import { largest, randomPictures, relativeDistance } from './agreement.ts'

const normalisation = { mean: [0.2, 0.2, 0.2], std: [0.2, 0.2, 0.2] } as const

/**
 * Where a value lies within rounding of a ReLU's bend, or two of a pooling window within rounding of each other, two
 * engines are both right and far apart: seeds and sizes are such that it does not happen here.
 */
export const NETWORKS = [
  { name: 'pure20', inputSize: [15, 13, 3], batch: 3, width: 1 },
  { name: 'resnet20', inputSize: [15, 16, 3], batch: 1, width: 1 },
  { name: 'pure20', inputSize: [15, 16, 3], batch: 3, width: 0.5, shortcut: 'A', finalReLU: true },
  { name: 'pure20', inputSize: [15, 13, 3], batch: 3, width: 0.5, secondLayer: 'floor', fixedTheta: true },
  { name: 'pure18', inputSize: [49, 48, 3], batch: 2, width: 0.25 },
  { name: 'resnet18', inputSize: [48, 49, 3], batch: 2, width: 0.25 },
  { name: 'pure50', inputSize: [65, 48, 3], batch: 4, width: 0.125 },
] as const

export type Network = (typeof NETWORKS)[number]

function modelOf(network: Network): Model {
  const { name, batch: _, ...settings } = network
  return createModel(
    resolveModelConfig({ architecture: name, classes: 10, ...settings, inputSize: [...settings.inputSize] }),
  )
}

/**
 * A state to begin with. Scales, shifts and floors are moved from where training begins: shifts of 0 make means behind
 * a pointwise convolution 0, and a 0 has no digits to compare.
 */
function firstState(model: Model, slots: number): HostTensor[] {
  const { parameters, statistics } = model.initialise(7)
  const stream = new RandomStream(3)
  const moved = parameters.map(({ shape, dtype, data }, position) => ({
    shape,
    dtype,
    data: /norm|theta/.test(model.parameters[position]!.name)
      ? Float32Array.from(data, (value) => value + 0.2 * stream.normal())
      : data,
  }))
  const zeros = parameters.map(({ shape, dtype, data }) => ({
    shape,
    dtype,
    data: new Float32Array(data.length),
  }))
  return [...moved, ...Array.from({ length: slots }, () => zeros).flat(), ...statistics]
}

/**
 * Largest |b| of what a tensor is compared with: its own, but where that is a rest of large sums that cancel. A floor
 * is a scalar, and its gradient a sum over all pixels, of both signs: the floors of a network are measured as one
 * vector. A shift of a bottleneck of PURe reaches the next normalisation through a pointwise convolution alone, which
 * takes it out again: its true gradient is zero, and the shifts, too, are measured as one vector.
 */
function scaleGroup(name: string, network: Network): string {
  if (name.endsWith('.theta')) return name.replace(/\/.*/, '/theta')
  if (network.name === 'pure50' && name.endsWith('.beta')) return name.replace(/\/.*/, '/beta')
  return name
}

/** Pictures, masks of exact and partial labels, weights and learning rate. */
function randomBatch({ batch, inputSize }: Network): HostTensor[] {
  const stream = new RandomStream(2)
  const pictures = randomPictures(stream, [batch, ...inputSize])
  const masks = new Uint8Array(batch * 10)
  for (let row = 0; row < batch; row++) {
    masks[row * 10 + stream.integer(10)] = 1
    if (row % 2) masks[row * 10 + stream.integer(10)] = 1
  }
  return [
    pictures,
    { shape: [batch, 10], dtype: 'uint8', data: masks },
    { shape: [batch], dtype: 'float32', data: new Float32Array(batch).fill(1) },
    { shape: [], dtype: 'float32', data: Float32Array.of(0.01) },
  ]
}

async function values(program: Program, inputs: HostTensor[]): Promise<HostTensor[]> {
  const outputs = await program.run(inputs)
  return Promise.all(outputs.map((output) => output.read()))
}

const knownLogits = new Map<Network, HostTensor>()

/** max|a − b| / max|b| of the logits, with weights as constants on the engine; the reference's are computed once for all engines. */
export async function compareLogits(engine: Engine, reference: Engine, network: Network): Promise<number> {
  const model = modelOf(network)
  const source = inferenceProgram(model, normalisation, network.batch)
  const { parameters, statistics } = model.initialise(7)
  const state = [...parameters, ...statistics]
  const pictures = randomPictures(new RandomStream(1), [network.batch, ...network.inputSize])
  const constants = new Map(state.map((tensor, position) => [position, tensor]))
  const want =
    knownLogits.get(network) ??
    (await values(await reference.compile(source.fn, source.inputs), [...state, pictures]))[0]!
  knownLogits.set(network, want)
  const [got] = await values(await engine.compile(source.fn, source.inputs, { constants }), [pictures])
  return relativeDistance(got!, want)
}

interface ReferenceStep {
  readonly state: readonly HostTensor[]
  readonly want: readonly HostTensor[]
}

const knownSteps = new Map<Network, readonly ReferenceStep[]>()

/**
 * Three steps of the reference, the slowest of all, computed once for all engines. Each of theirs begins where the
 * reference is: what rounding adds up to over steps is the network's doing.
 */
async function referenceSteps(
  reference: Engine,
  network: Network,
  { fn, inputs, stateSpecs }: TrainingStep,
  first: readonly HostTensor[],
  batch: readonly HostTensor[],
): Promise<readonly ReferenceStep[]> {
  const before = knownSteps.get(network)
  if (before) return before
  const program = await reference.compile(fn, inputs)
  const steps: ReferenceStep[] = []
  let state = first
  for (let iteration = 0; iteration < 3; iteration++) {
    const want = await values(program, [...state, ...batch])
    steps.push({ state, want })
    state = want.slice(0, stateSpecs.length)
  }
  knownSteps.set(network, steps)
  return steps
}

export interface Difference {
  /** `step 2, momentum/stem.convolution.kernel` */
  readonly tensor: string
  readonly distance: number
}

/** Loss, state and gradients of three training steps, tensor by tensor. */
export async function compareTraining(
  engine: Engine,
  reference: Engine,
  network: Network,
): Promise<Difference[]> {
  const model = modelOf(network)
  const optimiser = createOptimiser({ name: 'sgd', momentum: 0.9, weightDecay: 1e-3 })
  const step = trainingStep({
    model,
    optimiser,
    normalisation,
    labelSmoothing: 0.1,
    batchSize: network.batch,
  })
  const program = await engine.compile(step.fn, step.inputs)
  const batch = randomBatch(network)
  const steps = await referenceSteps(reference, network, step, firstState(model, 1), batch)
  const differences: Difference[] = []
  for (const [iteration, { state, want }] of steps.entries()) {
    const got = await values(program, [...state, ...batch])
    const names = want.map((_, position) => step.stateSpecs[position]?.name ?? `output ${position}`)
    const groups = names.map((name) => scaleGroup(name, network))
    for (const [position, tensor] of got.entries()) {
      const alike = want.filter((_, other) => groups[other] === groups[position])
      const distance = relativeDistance(tensor, want[position]!, Math.max(...alike.map(largest)))
      differences.push({ tensor: `step ${iteration}, ${names[position]}`, distance })
    }
  }
  program.dispose()
  return differences
}

/** The largest; NaN counts as larger than any. */
export function largestDifference(differences: readonly Difference[]): Difference {
  return differences.reduce((worst, one) =>
    Number.isNaN(worst.distance) || one.distance <= worst.distance ? worst : one,
  )
}
