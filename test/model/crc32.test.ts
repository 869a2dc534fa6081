import { describe, expect, it } from 'vitest'
import { crc32 } from '../../src/model/crc32.ts'

describe('CRC-32', () => {
  it('is cbf43926 of the nine digits, however they are cut', () => {
    const digits = new TextEncoder().encode('123456789')
    expect(crc32(digits)).toBe(0xcbf43926)
    expect(crc32(digits.subarray(0, 4), new Uint8Array(0), digits.subarray(4))).toBe(0xcbf43926)
  })
})
