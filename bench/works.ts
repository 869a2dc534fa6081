import type { EngineName, Precision } from '../src/engine/index.ts'

/** A piece of work that an engine of puregalaxy and PyTorch both do. */
export interface Work {
  readonly name: string
  /** Its name in peers/bench_torch.py. */
  readonly peer: string
  readonly engine: EngineName
  readonly title: string
  readonly network: string
  /** Side of the pictures, pixels. */
  readonly size: number
  readonly batch: number
  readonly training: boolean
  /** Default `float32`. */
  readonly precision?: Precision
  /** Least ratio of puregalaxy's rate to that of PyTorch's better layout, or null where none is asked for. */
  readonly floor: number | null
}

export const WORKS: readonly Work[] = [
  {
    name: 'train-pure20',
    peer: 'train-pure20',
    engine: 'onnx',
    title: 'training step, PURe20, 32 px, batch 64',
    network: 'pure20',
    size: 32,
    batch: 64,
    training: true,
    floor: 0.39,
  },
  {
    name: 'train-pure20-xla',
    peer: 'train-pure20',
    engine: 'xla',
    title: 'training step, PURe20, 32 px, batch 64, xla',
    network: 'pure20',
    size: 32,
    batch: 64,
    training: true,
    floor: 0.7,
  },
  {
    name: 'train-pure20-tensorflow',
    peer: 'train-pure20',
    engine: 'tensorflow',
    title: 'training step, PURe20, 32 px, batch 64, tensorflow',
    network: 'pure20',
    size: 32,
    batch: 64,
    training: true,
    floor: 0.7,
  },
  {
    name: 'train-pure34',
    peer: 'train-pure34',
    engine: 'onnx',
    title: 'training step, PURe34, 128 px, batch 16',
    network: 'pure34',
    size: 128,
    batch: 16,
    training: true,
    floor: null,
  },
  {
    name: 'train-pure34-xla',
    peer: 'train-pure34',
    engine: 'xla',
    title: 'training step, PURe34, 128 px, batch 16, xla',
    network: 'pure34',
    size: 128,
    batch: 16,
    training: true,
    floor: 0.9,
  },
  {
    name: 'infer-pure34-1',
    peer: 'infer-pure34-1',
    engine: 'onnx',
    title: 'inference, PURe34, 256 px, batch 1',
    network: 'pure34',
    size: 256,
    batch: 1,
    training: false,
    floor: 1.15,
  },
  {
    name: 'infer-pure34-1-xla',
    peer: 'infer-pure34-1',
    engine: 'xla',
    title: 'inference, PURe34, 256 px, batch 1, xla',
    network: 'pure34',
    size: 256,
    batch: 1,
    training: false,
    floor: null,
  },
  {
    name: 'infer-pure34-16',
    peer: 'infer-pure34-16',
    engine: 'onnx',
    title: 'inference, PURe34, 256 px, batch 16',
    network: 'pure34',
    size: 256,
    batch: 16,
    training: false,
    floor: 1.1,
  },
  {
    name: 'infer-pure34-16-xla',
    peer: 'infer-pure34-16',
    engine: 'xla',
    title: 'inference, PURe34, 256 px, batch 16, xla',
    network: 'pure34',
    size: 256,
    batch: 16,
    training: false,
    floor: 1.1,
  },
]

/** As the peer normalises: (x/255 − 0.5)/0.25. */
export const NORMALISATION = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } as const

/** Seeded pictures that any language can make: byte i is the upper byte of (i + 1) · 2654435761 mod 2³². */
export function picturesOf(count: number, size: number): Uint8Array {
  return Uint8Array.from(
    { length: count * size * size * 3 },
    (_, index) => Math.imul(index + 1, 2654435761) >>> 24,
  )
}
