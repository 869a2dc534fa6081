/**
 * Numeric padding, which the kernels of @tensorflow/tfjs-node refuse ("TF Backend supports only 'valid' and 'same'
 * padding"). Where it is what "same" would give, it is called that; else the pictures are padded first, and what the
 * gradient says of the padding is cut off.
 */
import {
  getKernel,
  type KernelFunc,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  pad,
  registerKernel,
  slice,
  type Tensor,
  type Tensor4D,
  type TensorInfo,
  tidy,
  unregisterKernel,
} from '@tensorflow/tfjs-core'
import type { Window } from '../graph/types.ts'
import { poolWindow, windowOf } from '../trace/geometry.ts'
import { TENSORFLOW } from './node-backend.ts'

type Call = (inputs: NamedTensorInfoMap, attrs: NamedAttrMap) => Tensor
/** Computes a kernel; `original` is TensorFlow.js's own of that name. */
type Padded = (inputs: NamedTensorInfoMap, attrs: NamedAttrMap, original: Call) => Tensor

/** Zeros before and after a side of `length` by TensorFlow's rule for "same". */
function sameSide(length: number, kernel: number, stride: number): [number, number] {
  const total = Math.max((Math.ceil(length / stride) - 1) * stride + kernel - length, 0)
  const before = Math.floor(total / 2)
  return [before, total - before]
}

/** The name of a window's padding, or null where it has none. */
function nameOf([, height, width]: readonly number[], window: Window): 'valid' | 'same' | null {
  const { kernel, strides, padTop, padBottom, padLeft, padRight } = window
  const given = [padTop, padBottom, padLeft, padRight]
  if (given.every((count) => count === 0)) return 'valid'
  const same = [...sameSide(height!, kernel[0], strides[0]), ...sameSide(width!, kernel[1], strides[1])]
  return given.every((count, side) => count === same[side]) ? 'same' : null
}

function padded(x: TensorInfo, window: Window, value: number): Tensor4D {
  const { padTop, padBottom, padLeft, padRight } = window
  const sides: [number, number][] = [
    [0, 0],
    [padTop, padBottom],
    [padLeft, padRight],
    [0, 0],
  ]
  return pad(x as Tensor4D, sides, value)
}

const paddedShape = ([n, h, w, c]: readonly number[], window: Window) => [
  n!,
  h! + window.padTop + window.padBottom,
  w! + window.padLeft + window.padRight,
  c!,
]

/** The part of a gradient that belongs to pictures of `shape`. */
const cutOff = (gradient: Tensor, window: Window, shape: readonly number[]) =>
  slice(gradient, [0, window.padTop, window.padLeft, 0], [...shape])

const tensorOf = (inputs: NamedTensorInfoMap, name: string) => inputs[name] as TensorInfo

const PADDED: Readonly<Record<string, Padded>> = {
  Conv2D(inputs, attrs, original) {
    const [x, filter] = [tensorOf(inputs, 'x'), tensorOf(inputs, 'filter')]
    const window = windowOf(x.shape, filter.shape, attrs)
    const name = nameOf(x.shape, window)
    if (name) return original(inputs, { ...attrs, pad: name })
    return original({ x: padded(x, window, 0), filter }, { ...attrs, pad: 'valid' })
  },
  Conv2DBackpropInput(inputs, attrs, original) {
    const shape = attrs.inputShape as number[]
    const window = windowOf(shape, tensorOf(inputs, 'filter').shape, attrs)
    const name = nameOf(shape, window)
    if (name) return original(inputs, { ...attrs, pad: name })
    const whole = original(inputs, { ...attrs, pad: 'valid', inputShape: paddedShape(shape, window) })
    return cutOff(whole, window, shape)
  },
  Conv2DBackpropFilter(inputs, attrs, original) {
    const [x, dy] = [tensorOf(inputs, 'x'), tensorOf(inputs, 'dy')]
    const window = windowOf(x.shape, attrs.filterShape as number[], attrs)
    const name = nameOf(x.shape, window)
    if (name) return original(inputs, { ...attrs, pad: name })
    return original({ x: padded(x, window, 0), dy }, { ...attrs, pad: 'valid' })
  },
  MaxPool(inputs, attrs, original) {
    const x = tensorOf(inputs, 'x')
    const window = poolWindow(x.shape, attrs)
    const name = nameOf(x.shape, window)
    if (name) return original(inputs, { ...attrs, pad: name })
    return original({ x: padded(x, window, Number.NEGATIVE_INFINITY) }, { ...attrs, pad: 'valid' })
  },
  MaxPoolGrad(inputs, attrs, original) {
    const [dy, input, output] = ['dy', 'input', 'output'].map((name) => tensorOf(inputs, name))
    const window = poolWindow(input!.shape, attrs)
    const name = nameOf(input!.shape, window)
    if (name) return original(inputs, { ...attrs, pad: name })
    const whole = original(
      { dy: dy!, input: padded(input!, window, Number.NEGATIVE_INFINITY), output: output! },
      { ...attrs, pad: 'valid' },
    )
    return cutOff(whole, window, input!.shape)
  },
}

/** Puts these kernels in the place of TensorFlow.js's own, which they call. */
export function registerPadding(): void {
  for (const [kernelName, compute] of Object.entries(PADDED)) {
    const original = getKernel(kernelName, TENSORFLOW)
    const kernelFunc: KernelFunc = ({ inputs, attrs, backend }) =>
      tidy(() =>
        compute(
          inputs,
          attrs!,
          (given, settings) => original.kernelFunc({ inputs: given, attrs: settings, backend }) as Tensor,
        ),
      )
    unregisterKernel(kernelName, TENSORFLOW)
    registerKernel({ ...original, kernelFunc })
  }
}
