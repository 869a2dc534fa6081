import sharp from 'sharp'

/** A seeded gradient with structure, height × width × 3: no two neighbouring pixels alike, nothing at random. */
export function gradient(height: number, width: number): Buffer {
  const pixels = Buffer.alloc(height * width * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      pixels.set(
        [(x * 255) / width, (y * 255) / height, ((x + y) * 127) / (height + width)],
        (y * width + x) * 3,
      )
    }
  }
  return pixels
}

/** A sharp pipeline over raw pixels. */
export const picture = (height: number, width: number, pixels: Buffer = gradient(height, width)) =>
  sharp(pixels, { raw: { height, width, channels: (pixels.length / (height * width)) as 1 | 2 | 3 | 4 } })

/** A PNG signature and header that claims a size, without any pixels: decoding it would need height × width × 3 bytes. */
export function pngClaiming(height: number, width: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk('IHDR', header),
    pngChunk('IDAT', Buffer.from([0x78, 0x9c, 0x63, 0, 0, 0, 1, 0, 1])),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

/** A chunk of a PNG file with its checksum. */
export function pngChunk(type: string, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const chunk = Buffer.alloc(12 + data.length)
  chunk.writeUInt32BE(data.length, 0)
  chunk.write(type, 4, 'latin1')
  chunk.set(data, 8)
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length)
  return chunk
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}

/** An uncompressed 32-bit floating-point grey TIFF of one row, written by hand: sharp cannot make one. */
export function floatTiff(values: readonly number[]): Buffer {
  const entries: [tag: number, type: number, value: number][] = [
    [256, 4, values.length],
    [257, 4, 1],
    [258, 3, 32],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 8],
    [277, 3, 1],
    [278, 4, 1],
    [279, 4, values.length * 4],
    [339, 3, 3],
  ]
  const pixels = Buffer.from(Float32Array.from(values).buffer)
  const directory = Buffer.alloc(2 + entries.length * 12 + 4)
  directory.writeUInt16LE(entries.length, 0)
  entries.forEach(([tag, type, value], i) => {
    directory.writeUInt16LE(tag, 2 + i * 12)
    directory.writeUInt16LE(type, 4 + i * 12)
    directory.writeUInt32LE(1, 6 + i * 12)
    directory.writeUInt32LE(value, 10 + i * 12)
  })
  const header = Buffer.from([0x49, 0x49, 0x2a, 0, 0, 0, 0, 0])
  header.writeUInt32LE(8 + pixels.length, 4)
  return Buffer.concat([header, pixels, directory])
}
