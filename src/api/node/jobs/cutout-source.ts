/** A place on the sky to see. */
export interface CutoutPlace {
  /** Degrees. */
  readonly ra: number
  /** Degrees. */
  readonly dec: number
  /** Arcseconds per pixel; default: the source's. */
  readonly pixelScale?: number
}

/** Where pictures of places come from. */
export interface CutoutSource {
  /**
   * @returns a picture file
   * @throws PureGalaxyError: of a status below 500 where the place is at fault, otherwise where the source is
   */
  fetch(place: CutoutPlace, signal: AbortSignal): Promise<Uint8Array>
}
