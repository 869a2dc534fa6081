import type { Samples } from './resample.ts'

/** Exports of decoders.wasm; decoders/decoders.c has their meaning. */
interface Exports {
  readonly memory: WebAssembly.Memory
  _initialize(): void
  allocate(size: number): number
  release(bytes: number): void
  decode_jpeg(bytes: number, length: number, shrink: number): number
  decode_webp(bytes: number, length: number, scale: number): number
}

/** Memory beyond which an instance is not kept: WebAssembly gives none of it back. */
const KEPT_BYTES = 16 * 2 ** 20

/** libjpeg-turbo and libwebp in WebAssembly, reducing pictures while they decode them, as libvips has them do. */
export class Decoders {
  readonly #module: WebAssembly.Module
  #instance: Exports | undefined

  constructor(module: WebAssembly.Module) {
    this.#module = module
  }

  /**
   * @param shrink sides are divided by it, rounded down
   * @returns grey or RGB
   * @throws what WebAssembly throws where the file is damaged
   */
  jpeg(bytes: Uint8Array, shrink: 1 | 2 | 4 | 8): Samples<Uint8Array> {
    return this.#decode(bytes, ({ decode_jpeg }, at) => decode_jpeg(at, bytes.length, shrink))
  }

  /**
   * @param scale above 0, at most 1; sides are multiplied by it and rounded
   * @returns RGB or RGBA; of an animation the first frame
   * @throws Error where the file is damaged
   */
  webp(bytes: Uint8Array, scale: number): Samples<Uint8Array> {
    return this.#decode(bytes, ({ decode_webp }, at) => decode_webp(at, bytes.length, scale))
  }

  #decode(bytes: Uint8Array, decode: (exports: Exports, at: number) => number): Samples<Uint8Array> {
    const instance = this.#instance ?? start(this.#module)
    // Only one that has gone all the way is used again.
    this.#instance = undefined
    const at = instance.allocate(bytes.length)
    new Uint8Array(instance.memory.buffer, at).set(bytes)
    const picture = decode(instance, at)
    if (picture === 0) throw new Error('no picture')
    const { buffer } = instance.memory
    const [width, height, channels, pixels] = new Uint32Array(buffer, picture, 4) as unknown as [
      number,
      number,
      number,
      number,
    ]
    const data = new Uint8Array(buffer, pixels, width * height * channels).slice()
    instance.release(at)
    if (buffer.byteLength <= KEPT_BYTES) this.#instance = instance
    return { data, height, width, channels }
  }
}

function start(module: WebAssembly.Module): Exports {
  const exports = new WebAssembly.Instance(module).exports as unknown as Exports
  exports._initialize()
  return exports
}
