import { loadSharp } from './load-sharp.ts'
import type { Picture } from './picture.ts'

/** Noise is still seen as it is, in a sixth of the bytes that a lossless file takes. */
const QUALITY = 90

/** A picture as a WebP file's bytes, to be looked at. */
export async function encodeWebp({ data, height, width }: Picture): Promise<Uint8Array> {
  const sharp = await loadSharp()
  return sharp(data, { raw: { height, width, channels: 3 } })
    .webp({ quality: QUALITY })
    .toBuffer()
}
