import { decodePicture } from '../../io/pictures/decode-picture.ts'
import type { PictureDecoder } from '../served-model.ts'

/** Decodes as the command line does, so that both see the same pixels. */
export const decodeUpload: PictureDecoder = async (bytes, options) =>
  (await decodePicture(bytes, options)).data
