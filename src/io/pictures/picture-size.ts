import { PureGalaxyError } from '../../errors.ts'
import { loadSharp } from './load-sharp.ts'

/**
 * Height and width of a picture file by its header, turned as its EXIF orientation says. For files that `decodePicture` took.
 *
 * @throws PureGalaxyError `io.picture.changed` where it cannot be read any more
 */
export async function pictureSize(path: string): Promise<[height: number, width: number]> {
  const sharp = await loadSharp()
  try {
    const { autoOrient } = await sharp(path).metadata()
    return [autoOrient.height, autoOrient.width]
  } catch (cause) {
    throw new PureGalaxyError(
      'io.picture.changed',
      `${path} was read, and a moment later could not be. Let nothing write there meanwhile, and try again.`,
      { cause },
    )
  }
}
