import { isFrame, jpegSegments, START_OF_SCAN } from './jpeg-segments.ts'
import { corruptPicture } from './picture-errors.ts'

/**
 * Scans of a picture, each for some of the frequencies, bits and bands. libjpeg makes 10 of three bands and 18 of four
 * (`jpeg_simple_progression`), mozjpeg, which looks for the best, made 13 at most of eight pictures. Nearly twice these, as each
 * may cost as much as the whole of another picture.
 */
const MOST_SCANS = 32

/**
 * Refuses a JPEG file of more scans than any picture has a use for. A scan of a dozen bytes costs its decoder a pass over all
 * pixels, and nothing in the format says how often one may be repeated.
 *
 * @throws PureGalaxyError `io.picture.corrupt`
 */
export function refuseEndlessScans(bytes: Uint8Array, name: string): void {
  let [scans, bands] = [0, 0]
  let progressive = false
  for (const { marker, start } of jpegSegments(bytes)) {
    if (isFrame(marker)) {
      progressive = (marker & 3) === 2
      bands = bytes[start + 5]!
    }
    if (marker !== START_OF_SCAN) continue
    // A first scan of everything is taken for the picture, and what follows is not read.
    if (!progressive && scans === 0 && bytes[start] === bands) return
    if (++scans > MOST_SCANS) throw corruptPicture(name, 'JPEG', `it has more than ${MOST_SCANS} scans`)
  }
}
