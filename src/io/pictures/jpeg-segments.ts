/** A segment of a JPEG file by where it lies, so that a file of a million costs no memory for each. */
export interface JpegSegment {
  /** The byte behind 0xff that names it. */
  readonly marker: number
  /** Offsets of what stands behind its length, and of what comes next; the latter may be beyond the file. */
  readonly start: number
  readonly end: number
}

export const START_OF_SCAN = 0xda

const END_OF_IMAGE = 0xd9

/** SOF0 to SOF15 without DHT, JPG and DAC. */
export const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc

/**
 * Segments of a JPEG file up to its end, the coded pixels between them passed over: the way that libjpeg goes through it.
 */
export function* jpegSegments(bytes: Uint8Array): Generator<JpegSegment> {
  for (let at = 2; ; ) {
    // Any byte may stand between two segments, and 0xff before a marker any number of times. Of coded pixels 0 follows it.
    at = bytes.indexOf(0xff, at)
    if (at === -1) return
    while (bytes[at] === 0xff) at++
    const marker = bytes[at++]
    if (marker === undefined || marker === END_OF_IMAGE) return
    // Restarts and the beginning have no length; below are markers that do not exist.
    if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd8)) continue
    const start = at + 2
    const end = at + Math.max(2, (bytes[at]! << 8) | bytes[at + 1]!)
    yield { marker, start, end }
    at = end
  }
}
