import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PureGalaxyError } from '../../src/errors.ts'
import { decodeSafetensors, encodeSafetensors, type SafetensorsTensor } from '../../src/io/index.ts'

/** A Python that has the reference implementation: PUREGALAXY_PYTHON, else `python3`. */
const python = process.env.PUREGALAXY_PYTHON ?? 'python3'
const reference = spawnSync(python, ['-c', 'import safetensors.numpy']).status === 0

const everyType: [string, SafetensorsTensor][] = [
  ['boolean', { dtype: 'BOOL', shape: [2], data: Uint8Array.of(0, 1) }],
  ['u8', { dtype: 'U8', shape: [3], data: Uint8Array.of(0, 7, 255) }],
  ['i8', { dtype: 'I8', shape: [1, 2], data: Int8Array.of(-128, 127) }],
  ['u16', { dtype: 'U16', shape: [2], data: Uint16Array.of(0, 65535) }],
  ['i16', { dtype: 'I16', shape: [2], data: Int16Array.of(-32768, 5) }],
  ['f16', { dtype: 'F16', shape: [3], data: Uint16Array.of(0x3c00, 0xc000, 0x0001) }],
  ['u32', { dtype: 'U32', shape: [1], data: Uint32Array.of(4294967295) }],
  ['i32', { dtype: 'I32', shape: [2, 1], data: Int32Array.of(-2147483648, 9) }],
  ['f32', { dtype: 'F32', shape: [], data: Float32Array.of(0.1) }],
  ['f64', { dtype: 'F64', shape: [2], data: Float64Array.of(Math.PI, -0) }],
  ['u64', { dtype: 'U64', shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) }],
  ['i64', { dtype: 'I64', shape: [1], data: BigInt64Array.of(-(2n ** 63n)) }],
  ['empty', { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) }],
]

/** A file of this header text and these values. */
function file(header: string, values = new Uint8Array(0), announced?: bigint): Uint8Array {
  const json = new TextEncoder().encode(header)
  const bytes = new Uint8Array(8 + json.length + values.length)
  new DataView(bytes.buffer).setBigUint64(0, announced ?? BigInt(json.length), true)
  bytes.set(json, 8)
  bytes.set(values, 8 + json.length)
  return bytes
}

const named = fc.oneof(fc.string(), fc.constantFrom('__proto__', '0', 'constructor', 'é\n"\\'))

describe('encodeSafetensors and decodeSafetensors', () => {
  it('return every type as it was', () => {
    const decoded = decodeSafetensors(encodeSafetensors(new Map(everyType), { key: 'value' }), 'a')
    expect(decoded.metadata).toEqual({ key: 'value' })
    expect(new Map([...decoded.tensors].sort())).toEqual(new Map([...everyType].sort()))
  })

  it('return any names, shapes and metadata', () => {
    const tensors = fc.array(
      fc.tuple(
        named,
        fc.array(fc.nat(3), { maxLength: 4 }),
        fc.constantFrom('F32' as const, 'U8' as const, 'F64' as const),
      ),
      { maxLength: 8 },
    )
    const metadata = fc.dictionary(named, fc.string(), { noNullPrototype: true })
    fc.assert(
      fc.property(tensors, metadata, fc.boolean(), (drawn, about, asBuffer) => {
        const content = new Map<string, SafetensorsTensor>()
        for (const [name, shape, dtype] of drawn) {
          const count = shape.reduce((product, side) => product * side, 1)
          const numbers = Array.from({ length: count }, (_, index) => index + 1)
          if (dtype === 'F32') content.set(name, { dtype, shape, data: Float32Array.from(numbers) })
          else if (dtype === 'U8') content.set(name, { dtype, shape, data: Uint8Array.from(numbers) })
          else content.set(name, { dtype, shape, data: Float64Array.from(numbers) })
        }
        const bytes = encodeSafetensors(content, about)
        const decoded = decodeSafetensors(asBuffer ? Buffer.from(bytes) : bytes, 'a')
        expect(Object.entries(decoded.metadata)).toEqual(Object.entries(about))
        expect(decoded.tensors.size).toBe(content.size)
        for (const [name, tensor] of content) expect(decoded.tensors.get(name)).toEqual(tensor)
      }),
    )
  })

  it('decode bytes that lie unaligned in a larger buffer, into memory of their own', () => {
    const bytes = encodeSafetensors(new Map(everyType))
    const larger = new Uint8Array(bytes.length + 3)
    larger.set(bytes, 3)
    const { tensors } = decodeSafetensors(larger.subarray(3), 'a')
    larger.fill(0)
    expect(tensors.get('f64')).toEqual(new Map(everyType).get('f64'))
  })

  it('align the header to eight bytes and give equal bytes for equal content', () => {
    const bytes = encodeSafetensors(new Map(everyType), { a: 'b' })
    expect(new DataView(bytes.buffer).getBigUint64(0, true) % 8n).toBe(0n)
    expect(bytes).toEqual(encodeSafetensors(new Map(everyType), { a: 'b' }))
  })

  it('refuse to write values that do not fill their shape', () => {
    const short = new Map<string, SafetensorsTensor>([
      ['w', { dtype: 'F32', shape: [3], data: new Float32Array(2) }],
    ])
    expect(() => encodeSafetensors(short)).toThrow(/"w".*cannot be written/)
  })
})

describe('decodeSafetensors refuses', () => {
  const one = (offsets: string, extra = '') =>
    `{"w":{"dtype":"U8","shape":[2],"data_offsets":${offsets}}${extra}}`
  const two = Uint8Array.of(1, 2)
  const cases: [what: string, bytes: Uint8Array, code: string, message: RegExp][] = [
    ['an empty file', new Uint8Array(0), 'io.truncated', /0 bytes/],
    ['seven bytes', new Uint8Array(7), 'io.truncated', /7 bytes/],
    [
      'a header that is too long',
      file('{}', two, 100_000_001n),
      'io.safetensors',
      /header of 100000001 bytes/,
    ],
    [
      'a JPEG',
      Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70),
      'io.safetensors',
      /another format/,
    ],
    ['a header beyond the end', file('{}', two, 5n), 'io.truncated', /end at byte 13/],
    ['a header that is no JSON', file('{"w":'), 'io.safetensors', /no JSON/],
    ['a header that is no UTF-8', file('{}').fill(0xff, 8), 'io.safetensors', /no JSON/],
    ['a header that is a list', file('[]'), 'io.safetensors', /not a JSON object/],
    ['a header that begins with a space', file(' {}'), 'io.safetensors', /not a JSON object/],
    [
      'a repeated name',
      file(one('[0,2]', ',"\\u0077":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}'), two),
      'io.safetensors',
      /"w" twice/,
    ],
    ['metadata that is no text', file('{"__metadata__":{"a":1}}'), 'io.safetensors', /"a" is no string/],
    ['an unknown type', file(one('[0,2]').replace('U8', 'F8_E4M3'), two), 'io.safetensors', /"F8_E4M3"/],
    [
      'a type that only objects have',
      file(one('[0,2]').replace('U8', 'toString'), two),
      'io.safetensors',
      /"toString"/,
    ],
    ['a negative side', file(one('[0,2]').replace('[2]', '[-2]'), two), 'io.safetensors', /non-negative/],
    [
      'sides whose product overflows',
      file(one('[0,2]').replace('[2]', '[9007199254740991,9]'), two),
      'io.safetensors',
      /not its size/,
    ],
    ['offsets in reverse', file(one('[2,0]'), two), 'io.safetensors', /not its size/],
    ['a size that is not the shape’s', file(one('[0,1]'), two), 'io.safetensors', /not its size/],
    ['three offsets', file(one('[0,2,2]'), two), 'io.safetensors', /pair of offsets/],
    ['values beyond the end', file(one('[0,2]'), two.subarray(1)), 'io.truncated', /should end at byte/],
    ['a gap at the start', file(one('[1,3]'), Uint8Array.of(1, 2, 3)), 'io.safetensors', /gaps or overlaps/],
    [
      'an overlap',
      file(one('[0,2]', ',"v":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}'), Uint8Array.of(1, 2, 3)),
      'io.safetensors',
      /gaps or overlaps/,
    ],
    [
      'bytes after the last tensor',
      file(one('[0,2]'), Uint8Array.of(1, 2, 3)),
      'io.safetensors',
      /1 bytes follow/,
    ],
  ]
  it.each(cases)('%s', (_, bytes, code, message) => {
    expect(() => decodeSafetensors(bytes, 'weights.safetensors')).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
    expect(() => decodeSafetensors(bytes, 'weights.safetensors')).toThrow(/weights\.safetensors/)
  })

  it('or reads a file with changed bytes or a cut end, and never fails in another way', () => {
    const bytes = encodeSafetensors(new Map(everyType), { key: 'value' })
    const change = fc.record({
      at: fc.nat(bytes.length - 1),
      to: fc.integer({ min: 0, max: 255 }),
      length: fc.oneof(fc.constant(bytes.length), fc.nat(bytes.length)),
    })
    fc.assert(
      fc.property(change, ({ at, to, length }) => {
        const damaged = bytes.slice(0, length)
        if (at < length) damaged[at] = to
        try {
          decodeSafetensors(damaged, 'a')
          expect(length).toBe(bytes.length)
        } catch (error) {
          expect(error).toBeInstanceOf(PureGalaxyError)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe.skipIf(!reference)(
  'with the reference implementation (skipped where Python lacks safetensors)',
  () => {
    it('files go both ways unchanged', () => {
      const folder = mkdtempSync(join(tmpdir(), 'safetensors-'))
      try {
        const ours = join(folder, 'ours.safetensors')
        const theirs = join(folder, 'theirs.safetensors')
        writeFileSync(ours, encodeSafetensors(new Map(everyType), { about: 'é' }))
        const script = [
          'import sys, numpy, safetensors, safetensors.numpy as st',
          'tensors = st.load_file(sys.argv[1])',
          'with safetensors.safe_open(sys.argv[1], "np") as f: metadata = f.metadata()',
          'assert metadata == {"about": "é"}, metadata',
          'assert tensors["f64"][0] == numpy.pi and tensors["i64"][0] == -2**63 and tensors["f32"].shape == ()',
          'assert tensors["f16"].tolist() == [1.0, -2.0, 2.0**-24]',
          'st.save_file(tensors, sys.argv[2], metadata)',
        ].join('\n')
        const run = spawnSync(python, ['-c', script, ours, theirs], { encoding: 'utf8' })
        expect(run.stderr).toBe('')
        const decoded = decodeSafetensors(readFileSync(theirs), theirs)
        expect(new Map([...decoded.tensors].sort())).toEqual(new Map([...everyType].sort()))
        expect(decoded.metadata).toEqual({ about: 'é' })
      } finally {
        rmSync(folder, { recursive: true })
      }
    })
  },
)
