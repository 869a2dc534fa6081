import type { DeviceBuffer } from '../engine/types.ts'
import { mapOrdered, resizePicture } from '../io/pictures/index.ts'
import { addTally, EMPTY_TALLY, type NoiseDose, type NoiseProtocol, type NoiseTally } from '../noise/index.ts'
import type { DeviceNoise } from './open-device-noise.ts'

/** Pictures of one size that are to reach a model of another, and what is known of their scale. */
export interface PictureGeometry {
  /** As they are read, pixels. */
  readonly stored: { readonly height: number; readonly width: number }
  readonly input: { readonly height: number; readonly width: number }
  /** Arcseconds per pixel of every picture of the data set, where known. */
  readonly pixelScales?: ArrayLike<number> | undefined
}

/** One dose of a protocol's noise. */
export interface Dose extends NoiseDose {
  readonly protocol: NoiseProtocol
}

/** Sharp has its own threads: more at once would only wait. */
const RESIZED_AT_ONCE = 4

/** Pictures of a model's input size, and what the noise met in them before it changed them. */
export interface PreparedPictures {
  readonly pictures: Uint8Array
  readonly tally: NoiseTally
}

/**
 * Brings stored pictures to a model: noise where the dose is not null, on stored or on the model's pixels, as the protocol
 * wants, and the resizing of `openDataset` where sizes differ.
 *
 * @param pictures uint8, one after the other; changed in place where the noise is on stored pixels or sizes are the same
 * @param indices theirs in the data set
 */
export async function prepareForModel(
  { stored, input, pixelScales }: PictureGeometry,
  dose: Dose | null,
  pictures: Uint8Array,
  indices: ArrayLike<number>,
): Promise<PreparedPictures> {
  let tally = EMPTY_TALLY
  const addNoise = (to: Uint8Array, size: PictureGeometry['stored']) => {
    if (dose === null) return
    const scales = pixelScales && Array.from(indices, (index) => pixelScales[index]!)
    const batch = { pictures: to, ...size, indices, out: to, ...(scales ? { pixelScales: scales } : {}) }
    tally = dose.protocol.apply(batch, dose.level, dose.seed)
  }
  const onStored = dose?.protocol.pixels === 'stored'
  if (onStored) addNoise(pictures, stored)
  const resized = await resizeAll(pictures, stored, input)
  if (!onStored) addNoise(resized, input)
  return { pictures: resized, tally }
}

/** Whether noise comes last on the way to the model, so that it may be drawn where the model is. */
export function noiseComesLast({ stored, input }: PictureGeometry, { pixels }: NoiseProtocol): boolean {
  return pixels === 'input' || sameSize(stored, input)
}

/** What draws a dose's noise on a device, batch by batch, on pictures that were prepared without. */
export function placeNoisy({ level, seed }: Dose, noise: DeviceNoise) {
  let tally: NoiseTally = EMPTY_TALLY
  return {
    /** @param pictures prepared, at most a batch */
    async place(pictures: Uint8Array, indices: ArrayLike<number>): Promise<DeviceBuffer> {
      const drawn = await noise.draw(pictures, indices, level, seed)
      tally = addTally(tally, drawn.tally)
      return drawn.noisy
    },
    /** Over all pictures so far. */
    tally: () => tally,
  }
}

export const sameSize = (a: PictureGeometry['stored'], b: PictureGeometry['stored']) =>
  a.height === b.height && a.width === b.width

async function resizeAll(
  pictures: Uint8Array,
  stored: PictureGeometry['stored'],
  input: PictureGeometry['input'],
): Promise<Uint8Array> {
  if (sameSize(stored, input)) return pictures
  const [from, to] = [stored, input].map(({ height, width }) => height * width * 3) as [number, number]
  const count = pictures.length / from
  const out = new Uint8Array(count * to)
  const each = Array.from({ length: count }, (_, at) => pictures.subarray(at * from, (at + 1) * from))
  const size = [input.height, input.width] as const
  let at = 0
  for await (const { data } of mapOrdered(each, RESIZED_AT_ONCE, (data) =>
    resizePicture({ data, ...stored }, { size }),
  )) {
    out.set(data, at)
    at += to
  }
  return out
}
