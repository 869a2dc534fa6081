/**
 * Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3" (SC11, 2011): ten rounds of two 32 × 32 → 64 bit products turn a counter of four words and a key of two
 * into four random words. Nothing is kept between calls, so any block can be drawn at any time, in any order.
 */
const MULTIPLIER_0 = 0xd2511f53
const MULTIPLIER_1 = 0xcd9e8d57
const WEYL_0 = 0x9e3779b9 | 0
const WEYL_1 = 0xbb67ae85 | 0
const ROUNDS = 10

const LOW_0 = MULTIPLIER_0 & 0xffff
const HIGH_0 = MULTIPLIER_0 >>> 16
const LOW_1 = MULTIPLIER_1 & 0xffff
const HIGH_1 = MULTIPLIER_1 >>> 16

/**
 * Writes the block of four random words that belongs to a counter and a key.
 *
 * All arguments are read as 32-bit words, so signed and unsigned integers serve alike. Noise that must not depend on
 * the order of work puts, say, the pixel into `c0`, the picture into `c1` and the seed into the key.
 *
 * @param out receives four words, 0 to 2³² − 1, at `offset`
 * @example
 * const block = new Uint32Array(4)
 * philox4x32(pixel, picture, band, 0, seed, 0, block)
 */
export function philox4x32(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  out: Uint32Array,
  offset = 0,
): void {
  let x0 = c0 | 0
  let x1 = c1 | 0
  let x2 = c2 | 0
  let x3 = c3 | 0
  let key0 = k0 | 0
  let key1 = k1 | 0
  for (let round = 0; round < ROUNDS; round++) {
    // The high word of a product out of four 16-bit products: every partial sum fits in 32 bits.
    const low0 = x0 & 0xffff
    const high0 = x0 >>> 16
    const cross0 = Math.imul(high0, LOW_0) + (Math.imul(low0, LOW_0) >>> 16)
    const middle0 = Math.imul(low0, HIGH_0) + (cross0 & 0xffff)
    const product0 = (Math.imul(high0, HIGH_0) + (cross0 >>> 16) + (middle0 >>> 16)) | 0

    const low1 = x2 & 0xffff
    const high1 = x2 >>> 16
    const cross1 = Math.imul(high1, LOW_1) + (Math.imul(low1, LOW_1) >>> 16)
    const middle1 = Math.imul(low1, HIGH_1) + (cross1 & 0xffff)
    const product1 = (Math.imul(high1, HIGH_1) + (cross1 >>> 16) + (middle1 >>> 16)) | 0

    const next1 = Math.imul(x2, MULTIPLIER_1)
    const next3 = Math.imul(x0, MULTIPLIER_0)
    x0 = product1 ^ x1 ^ key0
    x2 = product0 ^ x3 ^ key1
    x1 = next1
    x3 = next3
    key0 = (key0 + WEYL_0) | 0
    key1 = (key1 + WEYL_1) | 0
  }
  out[offset] = x0
  out[offset + 1] = x1
  out[offset + 2] = x2
  out[offset + 3] = x3
}
