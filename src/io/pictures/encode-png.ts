import { loadSharp } from './load-sharp.ts'
import type { Picture } from './picture.ts'

/** A picture as a PNG file's bytes, losslessly. */
export async function encodePng({ data, height, width }: Picture): Promise<Uint8Array> {
  const sharp = await loadSharp()
  return sharp(data, { raw: { height, width, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer()
}
