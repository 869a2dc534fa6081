import { PureGalaxyError } from '../errors.ts'
import type { DeviceBuffer, DType, HostTensor, TensorSpec } from './types.ts'

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}

/** `float32[64,32,32,3]`, for messages. */
export function formatSpec(spec: TensorSpec): string {
  return `${spec.dtype}[${spec.shape.join(',')}]`
}

const ARRAYS = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array } as const

/** @throws PureGalaxyError `engine.shape` or `engine.type` where there is no such tensor */
export function checkSpec(spec: TensorSpec): void {
  if (!Object.hasOwn(ARRAYS, spec.dtype))
    throw new PureGalaxyError(
      'engine.type',
      `There is no element type "${spec.dtype}": give one of ${Object.keys(ARRAYS).join(', ')}.`,
    )
  if (!spec.shape.every((length) => Number.isSafeInteger(length) && length >= 0))
    throw new PureGalaxyError(
      'engine.shape',
      `The lengths of a shape are whole numbers from 0, but [${spec.shape.join(', ')}] was given.`,
    )
}

/**
 * A tensor in host memory.
 *
 * @throws PureGalaxyError `engine.shape` when `data` does not hold exactly the elements of `shape`; `engine.type` when it is
 *   no array of that type
 */
export function hostTensor(shape: readonly number[], dtype: DType, data: HostTensor['data']): HostTensor {
  const tensor = { shape, dtype, data }
  checkSpec(tensor)
  if (!(data instanceof ARRAYS[dtype])) {
    throw new PureGalaxyError(
      'engine.type',
      `A tensor ${formatSpec(tensor)} wants a ${ARRAYS[dtype].name}, but got ${nameOf(data)}.`,
    )
  }
  if (data.length !== sizeOf(shape)) {
    throw new PureGalaxyError(
      'engine.shape',
      `A tensor ${formatSpec(tensor)} holds ${sizeOf(shape)} elements, but ${data.length} were given.`,
    )
  }
  return tensor
}

/** What JavaScript calls a value that should have been an array. */
const nameOf = (value: unknown): string =>
  value === null || value === undefined ? String(value) : `a ${value.constructor.name}`

/** A buffer of the engines that compute in host memory. */
export class HostBuffer implements DeviceBuffer {
  readonly spec: TensorSpec
  #data: HostTensor['data'] | undefined

  constructor(tensor: HostTensor) {
    this.spec = { shape: tensor.shape, dtype: tensor.dtype }
    this.#data = tensor.data
  }

  /** The values, not copied. */
  get data(): HostTensor['data'] {
    if (!this.#data) {
      throw new PureGalaxyError(
        'engine.disposed',
        `A buffer ${formatSpec(this.spec)} was used after dispose().`,
      )
    }
    return this.#data
  }

  async read(): Promise<HostTensor> {
    return { ...this.spec, data: this.data.slice() }
  }

  dispose(): void {
    this.#data = undefined
  }
}

/** Whether an input of a run is a tensor in host memory, not a buffer of an engine. */
export function isHostTensor(input: DeviceBuffer | HostTensor): input is HostTensor {
  return 'data' in input && 'shape' in input
}

/**
 * Checks what a program is given to run on.
 *
 * @throws PureGalaxyError `engine.inputs`: not as many as the program takes; `engine.shape`: another shape or type, or not as
 *   many values as it has; `engine.type`: values of another type
 */
export function checkInputs(
  specs: readonly TensorSpec[],
  inputs: readonly (DeviceBuffer | HostTensor)[],
): void {
  if (inputs.length !== specs.length) {
    throw new PureGalaxyError(
      'engine.inputs',
      `The program takes ${specs.length} inputs, but ${inputs.length} were given.`,
    )
  }
  inputs.forEach((input, position) => {
    const [want, given] = [specs[position]!, isHostTensor(input) ? input : input.spec].map(formatSpec)
    if (given !== want) {
      throw new PureGalaxyError(
        'engine.shape',
        `Input ${position} of the program is ${want}, but ${given} was given.`,
      )
    }
    if (isHostTensor(input)) hostTensor(input.shape, input.dtype, input.data)
  })
}

/** What an engine says to a buffer that another one made. */
export function foreignBuffer({ spec }: DeviceBuffer): PureGalaxyError {
  return new PureGalaxyError(
    'engine.foreign-buffer',
    `A buffer ${formatSpec(spec)} belongs to another engine: read it and upload it here.`,
  )
}

/** The values of a run's inputs on an engine of host memory, after their shapes and types were checked. */
export function hostInputs(
  specs: readonly TensorSpec[],
  inputs: readonly (DeviceBuffer | HostTensor)[],
): HostTensor[] {
  checkInputs(specs, inputs)
  return inputs.map((input) => {
    if (isHostTensor(input)) return input
    if (!(input instanceof HostBuffer)) throw foreignBuffer(input)
    return { ...input.spec, data: input.data }
  })
}
