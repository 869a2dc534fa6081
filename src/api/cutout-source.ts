import { PureGalaxyError } from '../errors.ts'
import type { Cutout } from '../survey/cutout.ts'
import type { TraceContext } from './trace-context.ts'

/** Where pictures of places in the sky come from. */
export interface CutoutSource {
  /**
   * The picture of a cut-out.
   *
   * @param signal ends the wait; where nobody else waits for the same cut-out its fetch ends too
   * @param trace passed on to the survey's server
   * @returns the bytes of a JPEG, PNG or WebP file of `size` × `size` pixels; not to be changed, as others have them too
   * @throws PureGalaxyError `survey.cutout`, `api.cutout.…`; the signal's reason
   */
  fetch(cutout: Cutout, signal: AbortSignal, trace?: TraceContext): Promise<Uint8Array>
}

/** The source of a server that has none. */
export const NO_CUTOUTS: CutoutSource = {
  async fetch() {
    throw new PureGalaxyError(
      'api.no-cutouts',
      'This server fetches no pictures by their position. Send the picture itself.',
    )
  },
}
