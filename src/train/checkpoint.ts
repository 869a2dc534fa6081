import { readFile } from 'node:fs/promises'
import type { HostTensor } from '../engine/types.ts'
import { PureGalaxyError } from '../errors.ts'
import { fileError } from '../io/file-errors.ts'
import { writeFileAtomic } from '../io/index.ts'
import { decodeSafetensors, encodeSafetensors, type SafetensorsTensor } from '../io/safetensors.ts'
import type { ValidationSummary } from './options.ts'
import type { StateSpec } from './step.ts'
import { TRAINING_STATE_FORMAT } from './training-state-format.ts'

/** Where a run is: with the tensors of the state, all that the rest of the run depends on. */
export interface RunPosition {
  /** Optimiser steps done. */
  step: number
  /** Epochs done, validation included. */
  epochs: number
  /** Sums over the steps of the current epoch. */
  epochLoss: number
  epochHits: number
  /** Seconds of work, over all resumes. */
  seconds: number
  best: { readonly epoch: number; readonly validation: ValidationSummary | null } | null
  /** Of the last validated epoch. */
  validation: ValidationSummary | null
}

export function startPosition(): RunPosition {
  return { step: 0, epochs: 0, epochLoss: 0, epochHits: 0, seconds: 0, best: null, validation: null }
}

/** Writes last.safetensors: parameters, what the optimiser keeps, running statistics as they are, and the position. */
export async function writeCheckpoint(
  path: string,
  specs: readonly StateSpec[],
  tensors: readonly HostTensor[],
  position: RunPosition,
): Promise<void> {
  const named = new Map<string, SafetensorsTensor>()
  for (const [index, { name, shape }] of specs.entries())
    named.set(name, { dtype: 'F32', shape, data: tensors[index]!.data as Float32Array })
  await writeFileAtomic(
    path,
    encodeSafetensors(named, { format: TRAINING_STATE_FORMAT, position: JSON.stringify(position) }),
  )
}

/**
 * Reads what {@link writeCheckpoint} wrote.
 *
 * @returns undefined where there is no such file: the run was killed before its first checkpoint
 * @throws PureGalaxyError `train.checkpoint` where the file is not this model's training state; `io.…` where it is damaged
 */
export async function readCheckpoint(
  path: string,
  specs: readonly StateSpec[],
): Promise<{ tensors: HostTensor[]; position: RunPosition } | undefined> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw fileError(error, path)
  }
  const { tensors, metadata } = decodeSafetensors(bytes, path)
  const refuse = (what: string): never => {
    throw new PureGalaxyError('train.checkpoint', `${path} is not the training state of this run: ${what}.`)
  }
  if (metadata.format !== TRAINING_STATE_FORMAT || metadata.position === undefined)
    return refuse(`its format is ${metadata.format ?? 'not given'}, expected ${TRAINING_STATE_FORMAT}`)
  const restored = specs.map(({ name, shape }): HostTensor => {
    const tensor = tensors.get(name)
    if (tensor?.dtype !== 'F32' || tensor.shape.join() !== shape.join())
      return refuse(`it holds no float32 tensor "${name}" of shape [${shape}]`)
    return { shape, dtype: 'float32', data: tensor.data }
  })
  return { tensors: restored, position: JSON.parse(metadata.position) as RunPosition }
}
