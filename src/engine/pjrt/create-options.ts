import { NAMED_VALUE, writeStructure } from './structures.ts'

/** Settings of a plugin by name, such as `{ memory_fraction: 0.9 }`; which there are is the plugin's matter. */
export type CreateOptions = Readonly<Record<string, string | number | boolean>>

/** PJRT_NamedValue_Type. */
const VALUE_TYPE = { string: 0, integer: 1, float: 3, boolean: 4 } as const

/** Options as an array of PJRT_NamedValue, and the memory that it points to. */
export function namedValues(options: CreateOptions): { values: Uint8Array; memory: readonly unknown[] } {
  const memory: unknown[] = []
  const structures = Object.entries(options).map(([name, value]) => {
    const key = Buffer.from(name)
    const text = Buffer.from(String(value))
    memory.push(key, text)
    const common = { name: key, name_size: key.length, value_size: 1 }
    if (typeof value === 'string') {
      return writeStructure(NAMED_VALUE, {
        ...common,
        type: VALUE_TYPE.string,
        value: text,
        value_size: text.length,
      })
    }
    if (typeof value === 'boolean') {
      return writeStructure(NAMED_VALUE, { ...common, type: VALUE_TYPE.boolean, value: Number(value) })
    }
    if (Number.isInteger(value)) {
      return writeStructure(NAMED_VALUE, { ...common, type: VALUE_TYPE.integer, value })
    }
    const bits = new DataView(new ArrayBuffer(4))
    bits.setFloat32(0, value)
    return writeStructure(NAMED_VALUE, { ...common, type: VALUE_TYPE.float, value: bits.getUint32(0) })
  })
  return { values: new Uint8Array(Buffer.concat(structures)), memory }
}
