/** One decoded picture. */
export interface Picture {
  /** 8-bit sRGB, height × width × 3, row by row. */
  readonly data: Uint8Array
  /** Pixels. */
  readonly height: number
  /** Pixels. */
  readonly width: number
}
