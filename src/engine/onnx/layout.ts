import { sizeOf } from '../buffers.ts'
import type { Node } from '../graph/types.ts'
import { NCHWC, type OnnxEmitter } from './emitter.ts'

/**
 * Where values lie. The graph speaks NHWC; ONNX Runtime's convolutions want channels before pixels, and are fastest
 * on its blocked layout, where `block` neighbouring channels lie together: [N, C/block, H, W, block]. ONNX Runtime
 * turns to that layout by itself only where filters are constants, which in training they are not, so we do.
 *
 * A value is therefore kept in up to two forms, made when first asked for:
 * - `plain`: row-major in the graph's shape;
 * - `channels`: of rank-4 values only; declared [N, C, H, W], blocked where `block` divides C, else planar.
 * Elementwise operations do not care which, so values stay in `channels` from the first convolution to the pooling.
 */
export type Layout = 'plain' | 'channels'

export class Values {
  readonly emit: OnnxEmitter
  /** Channels per block of the machine's convolutions; 1 where there is no blocked layout or no use for it. */
  readonly block: number
  readonly #plain = new Map<Node, string>()
  readonly #channels = new Map<Node, string>()
  readonly #spread = new Map<string, string>()

  constructor(emit: OnnxEmitter, block: number) {
    this.emit = emit
    this.block = block
  }

  /** Block of a value with so many channels. */
  blockOf(channels: number): number {
    return channels % this.block === 0 ? this.block : 1
  }

  set(node: Node, layout: Layout, name: string): void {
    ;(layout === 'plain' ? this.#plain : this.#channels).set(node, name)
  }

  /** The form in which a value was first made. */
  home(node: Node): Layout {
    return this.#channels.has(node) && !this.#plain.has(node) ? 'channels' : 'plain'
  }

  inChannels(node: Node): boolean {
    return this.#channels.has(node)
  }

  plain(node: Node): string {
    const known = this.#plain.get(node)
    if (known) return known
    const blocked = this.#channels.get(node)!
    const channels = node.shape[3]!
    const name =
      this.blockOf(channels) > 1 && node.dtype === 'float32'
        ? this.#reorder('ReorderOutput', blocked, { channels, channels_last: 1 })
        : this.#channelsToPlain(blocked, node)
    this.#plain.set(node, name)
    return name
  }

  channels(node: Node): string {
    const known = this.#channels.get(node)
    if (known) return known
    const plain = this.#plain.get(node)!
    const name =
      this.blockOf(node.shape[3]!) > 1 && node.dtype === 'float32'
        ? this.#reorder('ReorderInput', plain, { channels_last: 1 })
        : this.#plainToChannels(plain, node)
    this.#channels.set(node, name)
    return name
  }

  /** As planar NCHW, whatever the block. */
  planar(node: Node): string {
    const name = this.channels(node)
    const channels = node.shape[3]!
    return this.blockOf(channels) > 1 ? this.#reorder('ReorderOutput', name, { channels }) : name
  }

  /** From planar NCHW to the channels layout of a value with so many channels. */
  fromPlanar(name: string, channels: number): string {
    return this.blockOf(channels) > 1 ? this.#reorder('ReorderInput', name, {}) : name
  }

  /** Dimensions of a rank-4 value as they lie: [N, C/block, H·W, block]. */
  physical([n, h, w, c]: readonly number[]): number[] {
    const block = this.blockOf(c!)
    return [n!, c! / block, h! * w!, block]
  }

  /** A value per channel, [C] or [N,1,1,C], spread over the pixels of [n, h, w, c], in the channels layout. */
  spread(node: Node, [, h, w, c]: readonly number[]): string {
    const n = node.shape.length === 4 ? node.shape[0]! : 1
    const block = this.blockOf(c!)
    // Planar values broadcast over pixels at no cost.
    if (block === 1) return this.emit.reshape(this.plain(node), [n, c!, 1, 1])
    const key = `${node.id}|${h}|${w}`
    const known = this.#spread.get(key)
    if (known) return known
    const vectors = this.emit.reshape(this.plain(node), [n, c! / block, 1, block])
    const filled = this.emit.op('Expand', [vectors, this.emit.integers([n, c! / block, h! * w!, block])])
    const name = this.emit.reshape(filled, [n, c!, h!, w!])
    this.#spread.set(key, name)
    return name
  }

  #reorder(type: string, x: string, attributes: Record<string, number>): string {
    return this.emit.op(type, [x], attributes, NCHWC)
  }

  /** For element types that ONNX Runtime's reordering does not take. */
  #channelsToPlain(channels: string, node: Node): string {
    const [n, h, w, c] = node.shape as [number, number, number, number]
    const block = this.blockOf(c)
    if (block === 1) return this.emit.transpose(channels, [0, 2, 3, 1])
    const split = this.emit.reshape(channels, [n, c / block, h * w, block])
    return this.emit.reshape(this.emit.transpose(split, [0, 2, 1, 3]), [n, h, w, c])
  }

  #plainToChannels(plain: string, node: Node): string {
    const [n, h, w, c] = node.shape as [number, number, number, number]
    const block = this.blockOf(c)
    if (block === 1) return this.emit.transpose(plain, [0, 3, 1, 2])
    const split = this.emit.reshape(plain, [n, h * w, c / block, block])
    return this.emit.reshape(this.emit.transpose(split, [0, 2, 1, 3]), [n, c, h, w])
  }
}

/** Whether `node` holds one value per channel of a rank-4 `shape`, the same for all pixels. */
export function isPerChannel(node: Node, shape: readonly number[]): boolean {
  const channels = shape[3]!
  if (node.shape.length === 1) return node.shape[0] === channels
  if (node.shape.length !== 4) return false
  const [n, h, w, c] = node.shape
  return (
    h === 1 && w === 1 && c === channels && (n === 1 || n === shape[0]) && sizeOf(shape) > sizeOf(node.shape)
  )
}
