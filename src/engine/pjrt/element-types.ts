import { PureGalaxyError } from '../../errors.ts'

export type ElementType = 'float32' | 'int32' | 'uint8' | 'bool'
export type ElementArray = Float32Array | Int32Array | Uint8Array

/** PJRT_Buffer_Type of each element type, and the array that holds it; a boolean is a byte, 0 or 1. */
const TYPES = {
  bool: { code: 1, array: Uint8Array },
  int32: { code: 4, array: Int32Array },
  uint8: { code: 6, array: Uint8Array },
  float32: { code: 11, array: Float32Array },
} as const satisfies Record<ElementType, { code: number; array: unknown }>

export const typeCode = (type: ElementType): number => TYPES[type].code

/** @throws PureGalaxyError `pjrt.element-type` for types that are not in use here */
export function elementType(code: number): ElementType {
  for (const [type, known] of Object.entries(TYPES)) if (known.code === code) return type as ElementType
  throw new PureGalaxyError(
    'pjrt.element-type',
    `A buffer has elements of PJRT's type ${code}; programs may return ${Object.keys(TYPES).join(', ')}.`,
  )
}

export const newArray = (type: ElementType, length: number): ElementArray => new TYPES[type].array(length)
