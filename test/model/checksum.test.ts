import { describe, expect, it } from 'vitest'
import { checksum } from '../../src/model/checksum.ts'

describe('the checksum of tensors', () => {
  it('is CRC-32: cbf43926 of the nine digits, however they are cut', () => {
    const digits = new TextEncoder().encode('123456789')
    expect(checksum([digits])).toBe('cbf43926')
    expect(checksum([digits.subarray(0, 4), new Uint8Array(0), digits.subarray(4)])).toBe('cbf43926')
  })
})
