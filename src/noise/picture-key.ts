import type { ProtocolName } from './protocol.ts'

/** Second key word of each protocol: no two uses of Philox with one seed may draw the same words. */
const PURPOSES: Readonly<Record<ProtocolName, number>> = {
  counts: 0x5807,
  additive: 0x5808,
  exposure: 0x5809,
}

/** The counters and the key that name the random numbers of one picture at one level: nothing else may enter them. */
export interface PictureKey {
  readonly picture: number
  /** The bits of the level as a 32-bit float. */
  readonly level: number
  readonly seed: number
  readonly purpose: number
}

export function pictureKey(protocol: ProtocolName, picture: number, level: number, seed: number): PictureKey {
  return {
    picture,
    level: new Int32Array(Float32Array.of(level).buffer)[0]!,
    seed,
    purpose: PURPOSES[protocol],
  }
}
