import type { Node, OperationOf, Window } from '../graph/types.ts'
import type { BiasedConvolution } from './biases.ts'
import { NCHWC } from './emitter.ts'
import type { Values } from './layout.ts'

const pads = (window: Window) => [window.padTop, window.padLeft, window.padBottom, window.padRight]

/** Filter HWIO (a plain value) as ONNX's OIHW. */
function planarFilter(values: Values, filter: Node): string {
  return values.emit.transpose(values.plain(filter), [3, 2, 0, 1])
}

/** Filter HWIO as blocked convolutions want it: [O/b, I/b, H, W, b of I, b of O], declared OIHW. */
function blockedFilter({ emit, block, plain }: BlockedContext, [kh, kw, i, o]: readonly number[]): string {
  if (i! < block) {
    // Few input channels stay planar: [O/b, I, H, W, b of O].
    const split = emit.reshape(plain, [kh!, kw!, i!, o! / block, block])
    return emit.reshape(emit.transpose(split, [3, 2, 0, 1, 4]), [o!, i!, kh!, kw!])
  }
  const split = emit.reshape(plain, [kh!, kw!, i! / block, block, o! / block, block])
  return emit.reshape(emit.transpose(split, [4, 2, 0, 1, 3, 5]), [o!, i!, kh!, kw!])
}

interface BlockedContext {
  readonly emit: Values['emit']
  readonly block: number
  readonly plain: string
}

/** pictures * filter, result in the channels layout. */
export function lowerConv2d(values: Values, node: Node, { window }: OperationOf<'conv2d'>): void {
  values.set(node, 'channels', convolve(values, node.inputs, window))
}

/** A convolution and what is added to its channels, as one operation. @param sum the node of the addition */
export function lowerBiasedConv2d(values: Values, sum: Node, { convolution, bias }: BiasedConvolution): void {
  const { window } = convolution.operation as OperationOf<'conv2d'>
  const added = values.emit.reshape(values.plain(bias), [sum.shape[3]!])
  values.set(sum, 'channels', convolve(values, convolution.inputs, window, added))
}

function convolve(values: Values, inputs: readonly Node[], window: Window, bias?: string): string {
  const [pictures, filter] = inputs as [Node, Node]
  const [kh, kw, i, o] = filter.shape as [number, number, number, number]
  const attributes = { kernel_shape: [kh, kw], strides: window.strides, pads: pads(window) }
  const { emit, block } = values
  const rest = bias === undefined ? [] : [bias]
  const readable = values.blockOf(i) > 1 || i < block
  if (values.blockOf(o) > 1 && readable) {
    const weights = blockedFilter({ emit, block, plain: values.plain(filter) }, filter.shape)
    return emit.op('Conv', [values.channels(pictures), weights, ...rest], attributes, NCHWC)
  }
  const planar = emit.op('Conv', [values.planar(pictures), planarFilter(values, filter), ...rest], attributes)
  return values.fromPlanar(planar, o)
}

/**
 * Gradient of the filter. dW[kh,kw,ci,co] = Σ_n,h,w x[n, s·h+kh−p, s·w+kw−p, ci] · dy[n,h,w,co] is itself a
 * convolution: of the pictures, with channels as the batch and the batch as channels, by the output's gradient as a
 * filter as large as the picture, spread by the stride. So it runs on the same kernels as the rest.
 */
export function lowerFilterGradient(
  values: Values,
  node: Node,
  { window }: OperationOf<'conv2dFilterGradient'>,
): void {
  const [pictures, dy] = node.inputs as [Node, Node]
  const [kh, kw, ci, co] = node.shape as [number, number, number, number]
  const [n, h, w] = pictures.shape as [number, number, number]
  const [, ho, wo] = dy.shape as [number, number, number]
  const { emit, block } = values
  const [sh, sw] = window.strides
  // Padding (or cutting) so that exactly kh × kw results come out.
  const bottom = (ho - 1) * sh + kh - h - window.padTop
  const right = (wo - 1) * sw + kw - w - window.padLeft
  const blocked = block > 1 && values.blockOf(co) > 1
  const batch = blocked ? Math.ceil(n / block) * block : n
  const swapped = emit.transpose(values.planar(pictures), [1, 0, 2, 3])
  const before = [0, 0, window.padTop, window.padLeft]
  const padded = emit.pad(swapped, before, [0, batch - n, bottom, right])
  const attributes = { kernel_shape: [ho, wo], dilations: [sh, sw] }
  if (!blocked) {
    const filter = emit.transpose(values.planar(dy), [1, 0, 2, 3])
    const gradient = emit.op('Conv', [padded, filter], attributes)
    values.set(node, 'plain', emit.transpose(gradient, [2, 3, 0, 1]))
    return
  }
  const images = emit.op('ReorderInput', [padded], {}, NCHWC)
  const grouped = emit.reshape(values.channels(dy), [n, co / block, ho * wo, block])
  const whole = emit.pad(grouped, [0, 0, 0, 0], [batch - n, 0, 0, 0])
  const split = emit.reshape(whole, [batch / block, block, co / block, ho * wo, block])
  const filter = emit.reshape(emit.transpose(split, [2, 0, 3, 1, 4]), [co, batch, ho, wo])
  const gradient = emit.op('Conv', [images, filter], attributes, NCHWC)
  const apart = emit.reshape(gradient, [ci, co / block, kh, kw, block])
  values.set(node, 'plain', emit.reshape(emit.transpose(apart, [2, 3, 0, 1, 4]), [kh, kw, ci, co]))
}

/** Pictures with zeros after each pixel. */
export function lowerDilate(values: Values, node: Node, { strides }: OperationOf<'dilate'>): void {
  const [pictures] = node.inputs as [Node]
  const [n, h, w, c] = pictures.shape as [number, number, number, number]
  const block = values.blockOf(c)
  const { emit } = values
  const apart = emit.reshape(values.channels(pictures), [(n * c) / block, h, 1, w, 1, block])
  const spread = emit.pad(apart, [0, 0, 0, 0, 0, 0], [0, 0, strides[0] - 1, 0, strides[1] - 1, 0])
  values.set(node, 'channels', emit.reshape(spread, [n, c, h * strides[0], w * strides[1]]))
}

export function lowerMaxPool(values: Values, node: Node, { window }: OperationOf<'maxPool'>): void {
  const [pictures] = node.inputs as [Node]
  if (values.blockOf(node.shape[3]!) > 1) {
    const attributes = { kernel_shape: window.kernel, strides: window.strides, pads: pads(window) }
    values.set(node, 'channels', values.emit.op('MaxPool', [values.channels(pictures)], attributes, NCHWC))
    return
  }
  const planar = maxPool(values, pictures, window)[0]!
  values.set(node, 'channels', values.fromPlanar(planar, node.shape[3]!))
}

/** Each gradient goes to where its maximum came from; ONNX Runtime tells the place, the first of equals. */
export function lowerMaxPoolGradient(
  values: Values,
  node: Node,
  { window }: OperationOf<'maxPoolGradient'>,
): void {
  const [dy, pictures] = node.inputs as [Node, Node]
  const [n, h, w, c] = pictures.shape as [number, number, number, number]
  const { emit } = values
  const places = emit.reshape(maxPool(values, pictures, window)[1]!, [-1])
  const size = emit.integers([n * h * w * c])
  const zeros = emit.op('Expand', [emit.float(0), size])
  const updates = emit.reshape(values.planar(dy), [-1])
  const flat = emit.op('ScatterElements', [zeros, places, updates], { axis: 0, reduction: 'add' })
  values.set(node, 'channels', values.fromPlanar(emit.reshape(flat, [n, c, h, w]), c))
}

function maxPool(values: Values, pictures: Node, window: Window): string[] {
  const attributes = { kernel_shape: window.kernel, strides: window.strides, pads: pads(window) }
  return values.emit.ops('MaxPool', [values.planar(pictures)], 2, attributes)
}
