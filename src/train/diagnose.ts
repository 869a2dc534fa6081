import { PureGalaxyError } from '../errors.ts'
import type { Batch } from './batches.ts'
import { runToHost } from './engine-run.ts'
import { gradientCheckProgram, layerCheckProgram } from './programs.ts'
import type { TrainingSession } from './session.ts'

/**
 * Finds where a step stopped being finite, with the parameters as they were before it: the first layer whose output is
 * not finite in the forward pass, else the last parameter (the first that the backward pass reaches) whose gradient is
 * not.
 *
 * @param where for the message: `epoch 3, step 120`
 * @returns the error that ends the run, `train.not-finite`
 */
export async function diagnose(
  session: TrainingSession,
  batch: Batch,
  where: string,
  loss: number,
  runFolder: string,
): Promise<PureGalaxyError> {
  const found = await findCulprit(session, batch)
  const what = Number.isFinite(loss) ? 'gradient' : 'loss'
  return new PureGalaxyError(
    'train.not-finite',
    `The ${what} stopped being finite at ${where}: ${found}. The state before this step and the best model so far are in ` +
      `${runFolder}. Start a new run with a lower learning rate, a longer warm-up, or a clip of the exponents.`,
  )
}

async function findCulprit(session: TrainingSession, { pictures, masks, weights }: Batch): Promise<string> {
  const { model, config, engine, parameters } = session
  const { normalisation, recipe } = config
  const { batchSize, labelSmoothing } = recipe

  const layers = layerCheckProgram(model, normalisation, batchSize)
  const forward = await engine.compile(layers.fn, layers.inputs)
  const [outputs] = await runToHost(forward, [...parameters, pictures])
  forward.dispose()
  const layer = outputs!.data.findIndex((finite) => finite !== 1)
  if (layer >= 0) return `the first layer whose output is not finite is ${layers.names()[layer]}`

  const gradients = gradientCheckProgram(model, normalisation, batchSize, labelSmoothing)
  const backward = await engine.compile(gradients.fn, gradients.inputs)
  const [flags] = await runToHost(backward, [
    ...parameters,
    pictures,
    { shape: [batchSize, config.model.classes], dtype: 'uint8', data: masks },
    { shape: [batchSize], dtype: 'float32', data: weights },
  ])
  backward.dispose()
  const parameter = flags!.data.findLastIndex((finite) => finite !== 1)
  if (parameter >= 0)
    return `every layer's output is finite, but the gradient of ${model.parameters[parameter]!.name} is not`
  return 'every layer and gradient is finite by itself, but the norm of all gradients is beyond float32'
}
