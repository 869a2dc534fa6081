/**
 * ImageNet-style pictures: a folder of class folders, with or without parts (`train`, `val`, `test`), as it lies on the
 * disk or in a tar. Pictures are decoded when they are read. Not here: decoding itself (pictures/), tar (tar/),
 * augmentation.
 */
export { openImageFolder } from './open-image-folder.ts'
