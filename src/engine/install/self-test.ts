import * as tf from '@tensorflow/tfjs-core'
import { PureGalaxyError } from '../../errors.ts'
import { openEngine } from '../open.ts'
import type { EngineName, HostTensor, TensorFunction } from '../types.ts'

/** What an engine computed, against TensorFlow.js in plain JavaScript. */
export interface SelfTest {
  readonly engine: EngineName
  readonly devices: readonly string[]
  /** Largest difference from the reference, relative to the reference's largest value. */
  readonly largestError: number
  /** Start of the engine, compilation and one run. */
  readonly seconds: number
}

/**
 * Far more than rounding (1e-6), or the TensorFloat-32 with which GPUs multiply (1e-3), ever makes here: what is beyond
 * is wrong.
 */
const TOLERANCE = 1e-2

/** A small network's arithmetic: convolution, logarithm and exponential, product; in training a filter's gradient too. */
const smallNetwork =
  (trains: boolean): TensorFunction =>
  ([pictures, filter, weights]) => {
    const loss = (kernel: tf.Tensor) => {
      const features = tf.conv2d(pictures as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same')
      const products = tf.exp(tf.log(tf.add(tf.abs(features), 1)))
      return tf.sum(tf.matMul(tf.mean(products, [1, 2]) as tf.Tensor2D, weights as tf.Tensor2D)) as tf.Scalar
    }
    if (!trains) return [loss(filter!)]
    const { value, grad } = tf.valueAndGrad(loss)(filter!)
    return [value, grad]
  }

/** The same numbers every time, between −1 and 1. */
function wave(shape: readonly number[], phase: number): HostTensor {
  const size = shape.reduce((product, length) => product * length, 1)
  return {
    shape,
    dtype: 'float32',
    data: Float32Array.from({ length: size }, (_, i) => Math.sin(phase + i * i)),
  }
}

/**
 * Starts an engine, compiles a small program, runs it, and compares.
 *
 * @throws PureGalaxyError `engine.self-test` where the numbers are wrong; what `openEngine` and the engine throw
 */
export async function selfTest(name: EngineName): Promise<SelfTest> {
  const inputs = [wave([2, 8, 8, 3], 1), wave([3, 3, 3, 8], 2), wave([8, 4], 3)]
  const started = performance.now()
  // TensorFlow.js in WebAssembly has no gradients of convolutions.
  const program = smallNetwork(name !== 'wasm')
  const { values, devices } = await computed(name, program, inputs)
  const seconds = (performance.now() - started) / 1000
  const reference = await computed('cpu', program, inputs)
  const scale = Math.max(...reference.values.map(Math.abs))
  const errors = reference.values.map((value, i) => Math.abs(value - (values[i] ?? Number.NaN)) / scale)
  const largestError = errors.some(Number.isNaN) ? Number.NaN : Math.max(...errors)
  if (!(largestError <= TOLERANCE))
    throw new PureGalaxyError(
      'engine.self-test',
      `Engine "${name}" computes wrong numbers on ${devices.join(', ')}: a small program differs from the reference by ` +
        `${largestError.toPrecision(2)} of its largest value. Do not use it; --engine onnx is always there.`,
    )
  return { engine: name, devices, largestError, seconds }
}

async function computed(name: EngineName, fn: TensorFunction, inputs: readonly HostTensor[]) {
  const engine = await openEngine(name)
  try {
    const program = await engine.compile(fn, inputs)
    const outputs = await program.run(inputs)
    const values: number[] = []
    for (const output of outputs) {
      values.push(...(await output.read()).data)
      output.dispose()
    }
    program.dispose()
    return { values, devices: engine.devices }
  } finally {
    await engine.dispose()
  }
}
