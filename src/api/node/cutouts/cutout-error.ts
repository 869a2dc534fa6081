import { PureGalaxyError } from '../../../errors.ts'

/** Ways in which a survey's server fails. */
export type CutoutFailure =
  | 'address'
  | 'blank'
  | 'busy'
  | 'damaged'
  | 'lost'
  | 'protocol'
  | 'redirect'
  | 'size'
  | 'slow'
  | 'status'
  | 'too-large'
  | 'type'
  | 'unreachable'

/** An error that says how a cut-out could not be had; its code is `api.cutout.<failure>`. */
export const cutoutError = (failure: CutoutFailure, message: string, cause?: unknown): PureGalaxyError =>
  new PureGalaxyError(`api.cutout.${failure}`, message, cause === undefined ? undefined : { cause })
