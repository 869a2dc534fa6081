/**
 * Philox4x32-10 as one kernel of TensorFlow.js, so that a compiled program draws the words that `src/random` draws on
 * the host. TensorFlow.js has no 32-bit words nor products of 64 bits; the graph has one operation for the whole:
 *
 *     inputs   c0, c1, c2, c3 (counter), k0, k1 (key): int32, read as 32-bit words; shapes broadcast
 *     output   int32, the broadcast shape and an axis of 8: the block's four words in halves of 16 bits, the leading
 *              half of each first, 0 to 65535. So they compare, index and become floats as what they are.
 *
 * The compiled engine `xla` has a form of it, the eager ones ask `src/random`; `onnx` refuses it: in ONNX's operations it
 * would be two hundred passes over the counters, and noise for an engine in host memory is drawn faster on the host.
 */
import {
  type DataId,
  engine,
  getKernel,
  type KernelBackend,
  registerKernel,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core'
import { philox4x32 } from '../random/index.ts'
import { sizeOf } from './buffers.ts'
import { broadcastIndex, broadcastShapes } from './graph/shapes.ts'
import type { EngineName } from './types.ts'

export const PHILOX = 'Philox'

/** Whether programs of an engine can ask for random words. */
export function hasPhilox(engine: EngineName): boolean {
  return engine !== 'onnx'
}

/** The kernel's operands, in the order of `philox4x32`. */
export const PHILOX_WORDS = ['c0', 'c1', 'c2', 'c3', 'k0', 'k1'] as const

/** 16-bit halves of a block's four words. */
export const PHILOX_HALVES = 8

export type PhiloxOperands = Readonly<Record<(typeof PHILOX_WORDS)[number], Tensor>>

/**
 * The random words of counters and keys, by the active backend's kernel.
 *
 * @returns int32 [...broadcast shape, 8], 0 to 65535
 * @example
 * philoxHalves({ c0: places, c1: picture, c2: level, c3: zero, k0: seed, k1: purpose })
 */
export function philoxHalves(operands: PhiloxOperands): Tensor {
  return engine().runKernel<Tensor>(PHILOX, { ...operands })
}

/** Registers the kernel for a backend that computes operation by operation; once, however often it is called. */
export function registerPhilox(backendName: string): void {
  if (getKernel(PHILOX, backendName)) return
  registerKernel({
    kernelName: PHILOX,
    backendName,
    kernelFunc: ({ inputs, backend }) => {
      const words = PHILOX_WORDS.map((name) => inputs[name] as TensorInfo)
      return blocksOf(backend as Memory, words)
    },
  })
}

/** What is used of a backend: all have it, and no type says so. */
interface Memory extends KernelBackend {
  readSync(dataId: DataId): Int32Array
  write(values: Int32Array, shape: number[], dtype: 'int32'): DataId
}

function blocksOf(backend: Memory, words: readonly TensorInfo[]): TensorInfo {
  const counters = broadcastShapes(...words.map(({ shape }) => shape))!
  const operands = words.map(({ dataId, shape }) => {
    const values = backend.readSync(dataId)
    const place = broadcastIndex(shape, counters)
    return (at: number) => values[place(at)]!
  })
  const [c0, c1, c2, c3, k0, k1] = operands as [Word, Word, Word, Word, Word, Word]
  const count = sizeOf(counters)
  const halves = new Int32Array(count * PHILOX_HALVES)
  const block = new Uint32Array(4)
  for (let at = 0; at < count; at++) {
    philox4x32(c0(at), c1(at), c2(at), c3(at), k0(at), k1(at), block)
    for (const [position, word] of block.entries()) {
      halves[PHILOX_HALVES * at + 2 * position] = word >>> 16
      halves[PHILOX_HALVES * at + 2 * position + 1] = word & 0xffff
    }
  }
  const shape = [...counters, PHILOX_HALVES]
  return { dataId: backend.write(halves, shape, 'int32'), shape, dtype: 'int32' }
}

type Word = (at: number) => number
