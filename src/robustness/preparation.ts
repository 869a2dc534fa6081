import type { Dose, PictureGeometry, PreparedPictures } from './noisy-pictures.ts'
import { prepareForModel } from './noisy-pictures.ts'

/** Where pictures are brought to models: in this thread, or in others while the models look at those before. */
export interface Preparation {
  /**
   * As {@link prepareForModel}: the bytes do not depend on where it is done.
   *
   * @param pictures uint8, as stored; they may be changed
   */
  prepare(dose: Dose | null, pictures: Uint8Array, indices: Uint32Array): Promise<PreparedPictures>
  dispose(): Promise<void>
}

/** Prepares pictures in this thread. */
export function prepareHere(geometry: PictureGeometry): Preparation {
  return {
    prepare: (dose, pictures, indices) => prepareForModel(geometry, dose, pictures, indices),
    async dispose() {},
  }
}
