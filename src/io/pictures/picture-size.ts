import { loadSharp } from './load-sharp.ts'

/**
 * Height and width of a picture file by its header, turned as its EXIF orientation says. For files that `decodePicture` takes.
 *
 * @throws sharp's errors
 */
export async function pictureSize(path: string): Promise<[height: number, width: number]> {
  const sharp = await loadSharp()
  const { autoOrient } = await sharp(path).metadata()
  return [autoOrient.height, autoOrient.width]
}
