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

/**
 * A tensor in host memory.
 *
 * @throws PureGalaxyError `engine.shape` when `data` does not hold exactly the elements of `shape`
 */
export function hostTensor(shape: readonly number[], dtype: DType, data: HostTensor['data']): HostTensor {
  const tensor = { shape, dtype, data }
  if (data.length !== sizeOf(shape)) {
    throw new PureGalaxyError(
      'engine.shape',
      `A tensor ${formatSpec(tensor)} holds ${sizeOf(shape)} elements, but ${data.length} were given.`,
    )
  }
  if (!(data instanceof ARRAYS[dtype])) {
    throw new PureGalaxyError(
      'engine.type',
      `A tensor ${formatSpec(tensor)} wants a ${ARRAYS[dtype].name}, but got a ${data.constructor.name}.`,
    )
  }
  return tensor
}

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

/** The values of a run's inputs on an engine of host memory, after their shapes and types were checked. */
export function hostInputs(
  specs: readonly TensorSpec[],
  inputs: readonly (DeviceBuffer | HostTensor)[],
): HostTensor[] {
  if (inputs.length !== specs.length) {
    throw new PureGalaxyError(
      'engine.inputs',
      `The program takes ${specs.length} inputs, but ${inputs.length} were given.`,
    )
  }
  return inputs.map((input, position) => {
    const tensor = 'data' in input && 'shape' in input ? input : hostTensorOf(input)
    const want = specs[position]!
    if (formatSpec(tensor) !== formatSpec(want)) {
      throw new PureGalaxyError(
        'engine.shape',
        `Input ${position} of the program is ${formatSpec(want)}, but ${formatSpec(tensor)} was given.`,
      )
    }
    return tensor
  })
}

function hostTensorOf(buffer: DeviceBuffer): HostTensor {
  if (!(buffer instanceof HostBuffer)) {
    throw new PureGalaxyError(
      'engine.foreign-buffer',
      `A buffer ${formatSpec(buffer.spec)} belongs to another engine: read it and upload it here.`,
    )
  }
  return { ...buffer.spec, data: buffer.data }
}
