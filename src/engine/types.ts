import type { Tensor } from '@tensorflow/tfjs-core'

/** Element types that cross the border of a program. `uint8` arrives inside a traced function as an int32 tensor. */
export type DType = 'float32' | 'int32' | 'uint8'

/** Shape and element type of one tensor; shapes are static. */
export interface TensorSpec {
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** A tensor in host memory, row-major. */
export interface HostTensor extends TensorSpec {
  readonly data: Float32Array | Int32Array | Uint8Array
}

/** A tensor where the engine keeps it (host memory or the accelerator's). */
export interface DeviceBuffer {
  readonly spec: TensorSpec
  /** Copies the values to the host. */
  read(): Promise<HostTensor>
  /** Frees the memory; reading afterwards throws. Idempotent. */
  dispose(): void
}

/**
 * A pure function of tensors, written with TensorFlow.js operations. It may take gradients (`tf.grads`,
 * `tf.customGrad`), but may not look at values (`dataSync`) nor draw random numbers: it is traced once.
 */
export type TensorFunction = (inputs: Tensor[]) => Tensor[]

export interface CompileOptions {
  /** Inputs whose values are known: they become constants, leave the program's inputs, and are folded. Keyed by position. */
  readonly constants?: ReadonlyMap<number, HostTensor>
  /** Element types of the outputs where they are not the function's own: one per output. */
  readonly outputTypes?: readonly DType[]
  /**
   * Positions of inputs whose first axis (the pictures of a batch) an engine of several devices divides over them. Each
   * device then computes its part; results are the same as on one device, but for rounding.
   */
  readonly split?: readonly number[]
}

export interface ProgramDefinition extends CompileOptions {
  readonly fn: TensorFunction
  readonly inputs: readonly TensorSpec[]
}

/** A compiled function. */
export interface Program {
  /** Inputs that a run takes, in order: those of the function without the constants. */
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  /** Runs once. Host tensors are accepted where a buffer is. Shapes and types are checked. */
  run(inputs: readonly (DeviceBuffer | HostTensor)[]): Promise<DeviceBuffer[]>
  dispose(): void
}

/**
 * What operands of convolutions and matrix products are rounded to. In `bfloat16` the results of convolutions are rounded
 * too, and several devices add their parts of a filter's gradient as that. All else, the sums within them included, is float32.
 * `tensorfloat32` (8 bits of exponent, 10 of mantissa) is what NVIDIA's matrix units multiply instead of float32, since
 * Ampere, and what PyTorch's convolutions use there unless told otherwise; where a device has no such units it is float32.
 */
export type Precision = 'float32' | 'tensorfloat32' | 'bfloat16'

export type EngineName = 'onnx' | 'xla' | 'tensorflow' | 'wasm' | 'cpu'

/** Where a function of tensors runs. */
export interface Engine {
  readonly name: EngineName
  /** Threads, device names: what a run folder records. */
  readonly devices: readonly string[]
  /** Of the library that computes; absent where it does not say. */
  readonly version?: string | undefined
  compile(fn: TensorFunction, inputs: readonly TensorSpec[], options?: CompileOptions): Promise<Program>
  /**
   * As `compile`, but looks first for the lowered program under `key` in the user's cache; `define` is called only
   * when it is not there. `key` must change with everything that `define` closes over.
   */
  compileCached(key: string, define: () => Promise<ProgramDefinition>): Promise<Program>
  upload(tensor: HostTensor): Promise<DeviceBuffer>
  /** Free memory of the accelerator, in bytes; absent where programs compute in host memory. */
  freeDeviceBytes?(): Promise<number>
  dispose(): Promise<void>
}

/** One line of `puregalaxy engine list`. */
export interface EngineInfo {
  readonly name: EngineName
  readonly available: boolean
  /** Why it is not available and what to do, or null. */
  readonly reason: string | null
  readonly devices: readonly string[]
  /** Whether it can train, here and now. */
  readonly training: boolean
}

export interface OpenEngineOptions {
  /** Training and inference resolve `auto` differently. */
  readonly purpose?: 'training' | 'inference'
  /** CPU threads; default: all cores. Part of what makes a run reproducible bit for bit. */
  readonly threads?: number
  /** Devices to compute on at once; default 1. More than one: `xla` alone. */
  readonly devices?: number
  /** Default `float32`; `bfloat16`: `xla` alone. */
  readonly precision?: Precision
}
