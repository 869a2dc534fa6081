import type { Samples } from './resample.ts'

/** Composes the last of 2 or 4 channels, which is alpha, on black; each product is rounded down. */
export function withoutAlpha({ data, height, width, channels }: Samples): Samples {
  if (channels === 1 || channels === 3) return { data, height, width, channels }
  const kept = channels - 1
  const opaque = data instanceof Uint8Array ? 255 : 65535
  const out = data.slice(0, height * width * kept)
  for (let pixel = 0; pixel < height * width; pixel++) {
    const alpha = data[pixel * channels + kept]!
    for (let channel = 0; channel < kept; channel++)
      out[pixel * kept + channel] = Math.floor((data[pixel * channels + channel]! * alpha) / opaque)
  }
  return { data: out, height, width, channels: kept }
}

/** Makes 8-bit RGB of grey or RGB: grey three times, of 16 bits the upper 8. */
export function toRgb({ data, height, width, channels }: Samples): Uint8Array {
  const bytes = data instanceof Uint8Array ? data : Uint8Array.from(data, (value) => value >> 8)
  if (channels === 3) return bytes
  const out = new Uint8Array(height * width * 3)
  for (let pixel = 0; pixel < height * width; pixel++) out.fill(bytes[pixel]!, pixel * 3, pixel * 3 + 3)
  return out
}
