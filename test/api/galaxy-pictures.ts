import sharp from 'sharp'

/** Pixels of a round, slightly red galaxy on a dark sky. */
function galaxy(height: number, width: number): Buffer {
  const pixels = Buffer.alloc(height * width * 3)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const light = 230 * Math.exp(-Math.hypot((y - height / 2) / height, (x - width / 2.4) / width) * 7)
      pixels.set([light + 9, light * 0.8 + 7, light * 0.6 + 5], (y * width + x) * 3)
    }
  return pixels
}

const raw = (height: number, width: number) =>
  sharp(galaxy(height, width), { raw: { height, width, channels: 3 } })

/** One picture of each kind that the API takes, as files. */
export async function galaxyPictures(): Promise<Readonly<Record<string, Buffer>>> {
  const [height, width] = [90, 120]
  const grey = raw(height, width).toColourspace('b-w')
  const deep = Uint16Array.from(galaxy(height, width), (value) => value * 257 - (value % 5))
  const deepPicture = sharp(deep, { raw: { height, width, channels: 3 } }).toColourspace('rgb16')
  return {
    'colour.jpg': await raw(height, width).jpeg({ quality: 90 }).toBuffer(),
    'colour.png': await raw(height, width).png().toBuffer(),
    'colour.webp': await raw(height, width).webp({ quality: 80 }).toBuffer(),
    'grey.jpg': await grey.clone().jpeg().toBuffer(),
    'grey.png': await grey.clone().png().toBuffer(),
    '16-bit.png': await deepPicture.png().toBuffer(),
    'alpha.png': await raw(height, width).ensureAlpha(0.6).png().toBuffer(),
    'alpha.webp': await raw(height, width).ensureAlpha(0.6).webp({ lossless: true }).toBuffer(),
    'turned.jpg': await raw(height, width).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    'turned.png': await raw(height, width).withMetadata({ orientation: 3 }).png().toBuffer(),
    'cmyk.jpg': await raw(height, width).toColourspace('cmyk').jpeg().toBuffer(),
    'large.jpg': await raw(700, 600).jpeg().toBuffer(),
  }
}

/** A PNG of one colour, height × width. */
export const plain = (value: number, height = 8, width = 8): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: { r: value, g: value, b: value } } })
    .png()
    .toBuffer()
