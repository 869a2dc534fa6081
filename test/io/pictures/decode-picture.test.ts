import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { decodePicture } from '../../../src/io/pictures/index.ts'
import { realData } from '../../data.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { floatTiff, gradient, picture, pngClaiming } from './make-pictures.ts'

const folder = temporaryFolder()

describe('decodePicture', () => {
  it.each(['png', 'webp', 'tiff', 'gif'] as const)(
    'gives back the pixels of a lossless %s',
    async (format) => {
      const bytes = await picture(5, 7).toFormat(format, { lossless: true, compression: 'lzw' }).toBuffer()
      const decoded = await decodePicture(bytes)
      expect([decoded.height, decoded.width]).toEqual([5, 7])
      expect(Buffer.from(decoded.data).equals(gradient(5, 7))).toBe(true)
    },
  )

  it('gives back a JPEG to within its compression', async () => {
    const { data } = await decodePicture(
      await picture(16, 16).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(),
    )
    const original = gradient(16, 16)
    expect(Math.max(...data.map((value, i) => Math.abs(value - original[i]!)))).toBeLessThanOrEqual(4)
  })

  // Where the picture's first row 1 2 3 and second row 4 5 6 come to lie; EXIF 2.3, section 4.6.4, tag 274.
  it.each([
    [1, [2, 3], [1, 2, 3, 4, 5, 6]],
    [2, [2, 3], [3, 2, 1, 6, 5, 4]],
    [3, [2, 3], [6, 5, 4, 3, 2, 1]],
    [4, [2, 3], [4, 5, 6, 1, 2, 3]],
    [5, [3, 2], [1, 4, 2, 5, 3, 6]],
    [6, [3, 2], [4, 1, 5, 2, 6, 3]],
    [7, [3, 2], [6, 3, 5, 2, 4, 1]],
    [8, [3, 2], [3, 6, 2, 5, 1, 4]],
  ])('applies EXIF orientation %i', async (orientation, size, expected) => {
    const pixels = Buffer.from([1, 2, 3, 4, 5, 6].flatMap((v) => [v * 40, v * 40, v * 40]))
    const decoded = await decodePicture(
      await picture(2, 3, pixels).withMetadata({ orientation }).png().toBuffer(),
    )
    expect([decoded.height, decoded.width]).toEqual(size)
    expect([...decoded.data].filter((_, i) => i % 3 === 0)).toEqual(expected.map((v) => v * 40))
  })

  it('turns before it crops, so that the centre is that of the turned picture', async () => {
    const pixels = Buffer.alloc(10 * 30 * 3)
    for (let y = 0; y < 10; y++)
      for (let x = 10; x < 20; x++) pixels.fill(255, (y * 30 + x) * 3, (y * 30 + x + 1) * 3)
    const bytes = await picture(10, 30, pixels).withMetadata({ orientation: 6 }).png().toBuffer()
    const { data } = await decodePicture(bytes, { size: [10, 10] })
    expect(data.every((v) => v === 255)).toBe(true)
  })

  it('makes three equal channels of grey', async () => {
    const bytes = await picture(4, 4, Buffer.alloc(16, 200)).toColourspace('b-w').png().toBuffer()
    expect((await sharp(bytes).metadata()).channels).toBe(1)
    expect([...(await decodePicture(bytes)).data]).toEqual(Array(48).fill(200))
  })

  it('composes alpha on black', async () => {
    const rgba = Buffer.from([255, 100, 0, 255, 255, 100, 0, 128, 255, 100, 0, 0])
    const { data } = await decodePicture(await picture(1, 3, rgba).png().toBuffer())
    expect([...data]).toEqual([255, 100, 0, 128, 50, 0, 0, 0, 0])
  })

  it('composes grey with alpha on black', async () => {
    const { data } = await decodePicture(
      await picture(1, 2, Buffer.from([200, 255, 200, 0]))
        .png()
        .toBuffer(),
    )
    expect([...data]).toEqual([200, 200, 200, 0, 0, 0])
  })

  it('keeps the upper 8 of 16 bits, in colour and in grey', async () => {
    const values = Uint16Array.from([0, 255, 256, 32768, 65535, 1000])
    const colour = sharp(values, { raw: { height: 1, width: 2, channels: 3 } }).toColourspace('rgb16')
    for (const bytes of [
      await colour.clone().png().toBuffer(),
      await colour.clone().tiff({ compression: 'none' }).toBuffer(),
    ]) {
      expect((await sharp(bytes).metadata()).depth).toBe('ushort')
      expect([...(await decodePicture(bytes)).data]).toEqual([0, 0, 1, 128, 255, 3])
    }
    const grey = await sharp(values, { raw: { height: 2, width: 3, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer()
    expect((await sharp(grey).metadata()).depth).toBe('ushort')
    expect([...(await decodePicture(grey)).data].filter((_, i) => i % 3 === 0)).toEqual([
      0, 0, 1, 128, 255, 3,
    ])
  })

  it('turns CMYK into sRGB', async () => {
    const red = await picture(8, 8, Buffer.from(Array(64).fill([220, 30, 30]).flat()))
      .toColourspace('cmyk')
      .jpeg()
      .toBuffer()
    expect((await sharp(red).metadata()).channels).toBe(4)
    const { data } = await decodePicture(red)
    expect(data.length).toBe(8 * 8 * 3)
    expect(data[0]).toBeGreaterThan(190)
    expect(data[1]).toBeLessThan(70)
    expect(data[2]).toBeLessThan(70)
  })

  it('takes the first frame of an animation', async () => {
    const frames = Buffer.concat([Buffer.alloc(4 * 4 * 3, 255), Buffer.alloc(4 * 4 * 3, 0)])
    const animation = sharp(frames, { raw: { width: 4, height: 8, channels: 3, pageHeight: 4 } })
    for (const bytes of [
      await animation.clone().gif().toBuffer(),
      await animation.clone().webp({ lossless: true }).toBuffer(),
    ]) {
      expect((await sharp(bytes).metadata()).pages).toBe(2)
      const { data, height } = await decodePicture(bytes)
      expect(height).toBe(4)
      expect(data.every((v) => v === 255)).toBe(true)
    }
  })

  it('decodes and enlarges a picture of one pixel', async () => {
    const bytes = await picture(1, 1, Buffer.from([9, 8, 7]))
      .png()
      .toBuffer()
    expect([...(await decodePicture(bytes)).data]).toEqual([9, 8, 7])
    const { data } = await decodePicture(bytes, { size: [3, 3] })
    expect([...data]).toEqual(Array(9).fill([9, 8, 7]).flat())
  })

  it('goes by the content and not by the name', async () => {
    const path = join(folder, 'really-a-png.jpg')
    await picture(2, 2).png().toFile(path)
    expect((await decodePicture(path)).width).toBe(2)
  })

  it.each(['with, comma.png', 'with\nnewline.png', 'Sternbild Größe 星系.png', 'quote\'".png', '-dash.png'])(
    'reads a file named %j',
    async (name) => {
      writeFileSync(join(folder, name), await picture(2, 2).png().toBuffer())
      expect((await decodePicture(join(folder, name))).height).toBe(2)
    },
  )

  it('reads a file larger than its first look', async () => {
    const path = join(folder, 'large.png')
    await picture(200, 200).png({ compressionLevel: 0 }).toFile(path)
    expect(readFileSync(path).length).toBeGreaterThan(64 * 1024)
    expect(Buffer.from((await decodePicture(path)).data).equals(gradient(200, 200))).toBe(true)
  })
})

describe('decodePicture refuses', () => {
  const refusal = (source: string | Uint8Array, options = {}) =>
    decodePicture(source, { name: 'x.jpg', ...options }).then(
      () => 'decoded',
      (error) => `${error.code} ${error.message}`,
    )

  it.each([0.1, 0.3, 0.5, 0.7, 0.9, 0.97])(
    'pictures cut at %f of their length, whatever the format',
    async (part) => {
      const formats = ['jpeg', 'png', 'webp', 'gif', 'tiff'] as const
      for (const format of formats) {
        const bytes = await picture(64, 64).toFormat(format, { compression: 'lzw' }).toBuffer()
        for (const size of [undefined, [16, 16] as const]) {
          const said = await refusal(bytes.subarray(0, Math.floor(bytes.length * part)), { size })
          expect(said, format).toMatch(/^io\.picture\.corrupt x\.jpg: truncated or damaged/)
        }
      }
    },
  )

  it('a progressive JPEG without its last scans', async () => {
    const bytes = await picture(64, 64).jpeg({ progressive: true }).toBuffer()
    expect(await refusal(bytes.subarray(0, bytes.length * 0.8))).toMatch(/^io\.picture\.corrupt/)
  })

  it('a file without bytes', async () => {
    const path = join(folder, 'empty.jpg')
    writeFileSync(path, '')
    await expect(decodePicture(path)).rejects.toMatchObject({
      code: 'io.picture.empty',
      message: expect.stringContaining(path),
    })
    expect(await refusal(new Uint8Array())).toMatch(/^io\.picture\.empty/)
  })

  it.each([
    ['text', 'hello world'],
    ['noise', '\x00\x01\x02\x03'.repeat(100)],
  ])('%s', async (_, content) => {
    expect(await refusal(Buffer.from(content))).toMatch(
      /^io\.picture\.format x\.jpg is not a picture that is known/,
    )
  })

  it.each([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'],
    ['SVG', '<?xml version="1.0"?><svg/>'],
    ['PDF', '%PDF-1.7'],
    ['AVIF', '\0\0\0\x1cftypavif'],
    ['BMP', 'BM\0\0\0\0'],
    ['HTML', '<!DOCTYPE html>'],
    ['gzip', gzipSync('hello').toString('latin1')],
  ])('%s, naming it', async (name, content) => {
    const said = await refusal(Buffer.from(content, 'latin1'))
    expect(said).toMatch(/^io\.picture\.format/)
    expect(said).toContain(`x.jpg is ${name}`)
  })

  it('FITS by its content, compressed or not, and by its name', async () => {
    const fits = Buffer.from('SIMPLE  =                    T'.padEnd(2880))
    expect(await refusal(fits)).toMatch(/^io\.picture\.fits x\.jpg: FITS is not read yet/)
    expect(await refusal(gzipSync(fits))).toMatch(/^io\.picture\.fits/)
    expect(await refusal(Buffer.from('cut'), { name: 'galaxy.FITS.gz' })).toMatch(/^io\.picture\.fits/)
    expect(await refusal(Buffer.from('cut'), { name: 'galaxy.fit' })).toMatch(/^io\.picture\.fits/)
  })

  it('a picture of 14,000 × 14,000 before decoding it, naming its size', async () => {
    expect(await refusal(pngClaiming(14_000, 14_000))).toMatch(
      /^io\.picture\.too-large x\.jpg: 14000×14000 pixels/,
    )
  })

  it('more pixels than the limit given, and admits as many', async () => {
    const bytes = await picture(10, 10).png().toBuffer()
    expect(await refusal(bytes, { maxPixels: 99 })).toMatch(/^io\.picture\.too-large/)
    expect(await refusal(bytes, { maxPixels: 100 })).toBe('decoded')
  })

  it('a TIFF of floating-point pixels, which have no black and white', async () => {
    expect(await refusal(floatTiff([0, 0.5, 1, 2]))).toMatch(
      /^io\.picture\.format x\.jpg has pixels of type float/,
    )
  })

  it('a file that is not there, a folder, a pipe', async () => {
    await expect(decodePicture(join(folder, 'none.jpg'))).rejects.toMatchObject({ code: 'io.not-found' })
    mkdirSync(join(folder, 'folder.jpg'))
    await expect(decodePicture(join(folder, 'folder.jpg'))).rejects.toMatchObject({ code: 'io.is-a-folder' })
    execFileSync('mkfifo', [join(folder, 'pipe.jpg')])
    await expect(decodePicture(join(folder, 'pipe.jpg'))).rejects.toMatchObject({
      code: 'io.picture.not-a-file',
    })
  })
})

describe('decodePicture on real data', () => {
  const galaxy = realData('galaxies', 'test', 'g00002.webp')
  it.skipIf(!galaxy)('decodes a galaxy (skipped where data/galaxies is absent)', async () => {
    const { data, height, width } = await decodePicture(galaxy!, { size: [64, 64] })
    expect([height, width, data.length]).toEqual([64, 64, 64 * 64 * 3])
  })

  const fits = realData('fits', 'example_incomplete.fits.gz')
  it.skipIf(!fits)('says of FITS that it is not read yet (skipped where data/fits is absent)', async () => {
    await expect(decodePicture(fits!)).rejects.toMatchObject({ code: 'io.picture.fits' })
    await expect(decodePicture(readFileSync(fits!))).rejects.toMatchObject({ code: 'io.picture.fits' })
  })
})
