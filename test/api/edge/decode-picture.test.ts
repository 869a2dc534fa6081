import { readFileSync } from 'node:fs'
import sharp, { type Sharp } from 'sharp'
import { describe, expect, it } from 'vitest'
import { edgeDecoder } from '../../../src/api/edge/decode-picture.ts'
import { Decoders } from '../../../src/api/edge/decoders.ts'
import { decodeUpload } from '../../../src/api/node/index.ts'
import { galaxyPictures } from '../galaxy-pictures.ts'
import { greyPng, hostilePictures, secondsSince } from '../hostile-pictures.ts'

const wasm = new WebAssembly.Module(readFileSync('decoders/decoders.wasm'))
const decodeAtEdge = edgeDecoder(new Decoders(wasm))

/** Largest difference between what the edge and Node see, 0 to 255. */
async function difference(bytes: Uint8Array, size: readonly [number, number] = [64, 64]): Promise<number> {
  const asked = { size, maxPixels: 25_000_000, name: 'picture' }
  const [edge, node] = [await decodeAtEdge(bytes, asked), await decodeUpload(bytes, asked)]
  expect(edge.length).toBe(node.length)
  return edge.reduce((most, value, at) => Math.max(most, Math.abs(value - node[at]!)), 0)
}

/** Colourful pixels with edges and fine detail, which forgive no other kernel. */
function pattern(height: number, width: number, channels: 1 | 2 | 3 | 4 = 3): Sharp {
  const data = Buffer.alloc(height * width * channels)
  for (let at = 0; at < data.length; at++) {
    const [y, x] = [Math.floor(at / channels / width), Math.floor(at / channels) % width]
    const wave = 128 + 150 * Math.sin((x * y) / 90 + (at % channels) + Math.floor(x / 20))
    data[at] = Math.min(255, Math.max(0, wave + ((at * 7919) % 41) - 20))
  }
  return sharp(data, { raw: { height, width, channels } })
}

const deepPattern = (height: number, width: number, channels: 1 | 2 | 3 | 4) => {
  const data = Uint16Array.from(
    { length: height * width * channels },
    (_, at) => (at * 40503 + Math.floor(at / 97) * 1000) % 65536,
  )
  return sharp(data, { raw: { height, width, channels } })
}

/** Two frames of 90 × 90 pixels, of which so many rows and columns differ. */
function animation(differing: number): Sharp {
  const side = 90
  const data = Buffer.from(
    Array.from({ length: 2 * side * side * 3 }, (_, at) => (at % (side * side * 3)) % 251),
  )
  for (let y = 0; y < differing; y++)
    for (let x = 0; x < differing; x++) data[((side + y) * side + x) * 3]! ^= 0xff
  return sharp(data, { raw: { width: side, height: 2 * side, channels: 3, pageHeight: side } }).webp({
    lossless: true,
  })
}

describe('the edge sees what Node sees', () => {
  it('in every kind of picture that the API takes, CMYK excepted', async () => {
    for (const [name, bytes] of Object.entries(await galaxyPictures())) {
      if (name !== 'cmyk.jpg') expect(await difference(bytes), name).toBeLessThanOrEqual(1)
    }
  })

  it.each([
    ['4:2:0', { chromaSubsampling: '4:2:0' }],
    ['4:4:4', { chromaSubsampling: '4:4:4' }],
    ['progressive', { progressive: true }],
    ['of low quality', { quality: 20 }],
    ['of mozjpeg', { mozjpeg: true }],
  ])('in JPEG %s, of any size', async (_, jpeg) => {
    for (const side of [64, 65, 100, 128, 200, 256, 300, 321, 424, 512, 600, 1000, 40])
      expect(
        await difference(await pattern(side, side).jpeg(jpeg).toBuffer()),
        `${side}`,
      ).toBeLessThanOrEqual(1)
  })

  it.each([
    ['lossy', {}],
    ['lossless', { lossless: true }],
    ['of low quality', { quality: 10 }],
  ])('in WebP %s, of any size', async (_, webp) => {
    for (const side of [64, 65, 100, 128, 200, 256, 300, 424, 1000, 40, 3])
      expect(
        await difference(await pattern(side, side).webp(webp).toBuffer()),
        `${side}`,
      ).toBeLessThanOrEqual(1)
  })

  it('in PNG of any size', async () => {
    for (const side of [64, 65, 100, 128, 200, 256, 300, 424, 1000, 40, 3, 1])
      expect(await difference(await pattern(side, side).png().toBuffer()), `${side}`).toBeLessThanOrEqual(1)
  })

  it.each(['jpeg', 'png', 'webp'] as const)('in %s that is no square, cut to its centre', async (format) => {
    for (const [height, width] of [
      [300, 200],
      [200, 301],
      [77, 131],
      [255, 257],
      [64, 500],
      [700, 600],
      [20, 30],
    ] as const)
      for (const size of [[64, 64] as const, [48, 96] as const])
        expect(
          await difference(await pattern(height, width).toFormat(format).toBuffer(), size),
          `${height}×${width} to ${size}`,
        ).toBeLessThanOrEqual(1)
  })

  it.each(['jpeg', 'png', 'webp'] as const)('in %s that is thin', async (format) => {
    for (const [height, width, orientation] of [
      [2, 33, 1],
      [20, 500, 2],
      [1, 4000, 1],
      [1, 4001, 5],
      [4001, 1, 3],
      [3, 2999, 6],
      [1234, 3, 8],
      [5000, 63, 4],
      [65, 5001, 7],
    ] as const)
      for (const size of [[64, 64] as const, [47, 96] as const])
        expect(
          await difference(
            await pattern(height, width).withMetadata({ orientation }).toFormat(format).toBuffer(),
            size,
          ),
          `${height}×${width} to ${size}, lying ${orientation}`,
        ).toBe(0)
  })

  it.each(['jpeg', 'png', 'webp'] as const)('in %s that lies on any side', async (format) => {
    for (let orientation = 1; orientation <= 8; orientation++)
      expect(
        await difference(
          await pattern(170, 210).withMetadata({ orientation }).toFormat(format).toBuffer(),
          [48, 64],
        ),
        `${orientation}`,
      ).toBeLessThanOrEqual(1)
  })

  it.each([
    ['grey', () => pattern(200, 200, 1).toColourspace('b-w').png()],
    ['grey with alpha', () => pattern(200, 200, 2).toColourspace('b-w').png()],
    ['with alpha', () => pattern(200, 200, 4).png()],
    ['of a palette', () => pattern(200, 200).png({ palette: true })],
    ['of 16 colours', () => pattern(200, 200).png({ palette: true, colours: 16 })],
    ['of a palette with alpha', () => pattern(200, 200, 4).png({ palette: true })],
    ['interlaced', () => pattern(201, 203).png({ progressive: true })],
    ['interlaced and tiny', () => pattern(3, 2).png({ progressive: true })],
    ['of 16 bits', () => deepPattern(200, 200, 3).toColourspace('rgb16').png()],
    ['of 16 bits with alpha', () => deepPattern(200, 200, 4).toColourspace('rgb16').png()],
    ['of 16 bits, grey', () => deepPattern(200, 200, 1).toColourspace('grey16').png()],
    ['of 16 bits, not resized', () => deepPattern(64, 64, 3).toColourspace('rgb16').png()],
    ['with an sRGB profile', () => pattern(200, 200).withIccProfile('srgb').png()],
  ])('in PNG %s', async (_, make) => {
    expect(await difference(await make().toBuffer())).toBeLessThanOrEqual(1)
  })

  it.each([
    ['lossy with alpha', () => pattern(200, 200, 4).webp()],
    ['lossless with alpha', () => pattern(200, 200, 4).webp({ lossless: true })],
    ['with alpha, not resized', () => pattern(64, 64, 4).webp()],
    ['with an sRGB profile', () => pattern(200, 200).withIccProfile('srgb').webp()],
    ['animated', () => animation(90)],
    ['animated, with a second frame that is smaller', () => animation(30)],
  ])('in WebP %s', async (_, make) => {
    expect(await difference(await make().toBuffer())).toBeLessThanOrEqual(1)
  })
})

it.each([
  [1, 25_000_000],
  [25_000_000, 1],
  [1, 524_288],
  [1_572_864, 3],
])(
  'a picture of %d rows and %d columns is too long and thin at the edge as on Node',
  async (height, width) => {
    const bytes = greyPng(height, width)
    const asked = { size: [64, 64] as const, maxPixels: 25_000_000, name: 'strip.png' }
    const refusal = {
      code: 'io.picture.too-large',
      message: `strip.png: ${width}×${height} pixels, too long and thin to be brought to 64×64. Cut the object out.`,
    }
    for (const decode of [decodeAtEdge, decodeUpload])
      await expect(decode(bytes, asked)).rejects.toMatchObject(refusal)
  },
)

it('a picture that is hardly short enough is the same at the edge as on Node', async () => {
  expect(await difference(greyPng(1, 524_287))).toBe(0)
})

it.each([
  ['of the colours of print', () => pattern(90, 90).toColourspace('cmyk').jpeg()],
  ['of another colour profile', () => pattern(90, 90).withIccProfile('p3').png()],
])('a picture %s is refused with advice to give what the edge takes', async (_, make) => {
  const asked = { size: [64, 64] as const, maxPixels: 25_000_000, name: 'm31' }
  const refused = expect(decodeAtEdge(await make().toBuffer(), asked)).rejects
  await refused.toThrow(/Give JPEG of RGB or grey, PNG or WebP, with the colours of sRGB\.$/)
})

describe('hostile files', async () => {
  /** What each may cost at most, of one processor. */
  const MOST_SECONDS = 1

  it.each(await hostilePictures())('$name', async ({ bytes, refusal, refusalAtEdge }) => {
    const asked = { size: [64, 64] as const, maxPixels: 4_000_000, name: 'picture' }
    const started = process.cpuUsage()
    const code = (refusalAtEdge ?? refusal)?.[1]
    if (code === undefined) await decodeAtEdge(bytes, asked)
    else await expect(decodeAtEdge(bytes, asked)).rejects.toMatchObject({ code })
    expect(secondsSince(started)).toBeLessThan(MOST_SECONDS)
    if (code === undefined) expect(await difference(bytes)).toBe(0)
  })
})
