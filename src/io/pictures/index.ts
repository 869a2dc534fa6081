/**
 * Pictures: JPEG, PNG, WebP, TIFF and GIF files to 8-bit RGB, one at a time or many in parallel through a bounded
 * queue, and the pictures of a folder. Decoding and resizing are sharp's (libvips); what is decided here is which formats
 * are let in, what becomes of rotation, alpha, grey, CMYK and 16 bits, what is refused and how that is said. Not here:
 * FITS, labels, catalogues, normalisation.
 */
export { type DecodeAllOptions, type DecodedPicture, decodeAll } from './decode-all.ts'
export { DEFAULT_MAX_PIXELS, type DecodePictureOptions, decodePicture } from './decode-picture.ts'
export { type FoundPicture, findPictures, isPictureName, listPictures } from './list-pictures.ts'
export { defaultConcurrency, mapOrdered } from './map-ordered.ts'
export type { Picture } from './picture.ts'
export { type PictureFormat, sniffPicture } from './picture-format.ts'
export { pictureSize } from './picture-size.ts'
export { type PictureFit, type ResizePictureOptions, resizePicture } from './resize-picture.ts'
