import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { jsonExcess } from '../../src/api/json-shape.ts'
import { LongTexts, textOf } from '../../src/api/long-texts.ts'
import { jsonBody, problemOf, rowsOf, serveApp, type TestServer } from './api-server.ts'
import { plain } from './galaxy-pictures.ts'

const IDS = { idLength: 20 }

function parse(bytes: Uint8Array): { readonly value: unknown; readonly texts: LongTexts } {
  const texts = new LongTexts(bytes, IDS)
  jsonExcess(bytes, { depth: 1000, tokens: bytes.length + 1 }, texts.see)
  return { value: texts.parse(), texts }
}

/** A value with its long texts where they were. */
function restored(value: unknown, texts: LongTexts): unknown {
  if (typeof value === 'string') {
    const text = texts.resolve(value)
    return typeof text === 'string' ? text : textOf(text)
  }
  if (Array.isArray(value)) return value.map((each) => restored(each, texts))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [restored(key, texts), restored(each, texts)]),
  )
}

const long = (letter: string) => letter.repeat(Math.ceil(5000 / letter.length))

describe('JSON without its long texts', () => {
  it('is the JSON when they are put back, whatever is in it', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('a', 'é', '\\', '"', '🌌', '\n', 'a"').map(long),
      fc.constantFrom(`${long('x')}\\"`, `\\${long('y')}`),
    )
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        text,
        fc.jsonValue(),
        fc.array(tie('value')),
        fc.dictionary(text, tie('value')),
      ),
    }))
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 2), (given, space) => {
        const json = JSON.stringify(given, null, space)
        const { value: found, texts } = parse(new TextEncoder().encode(json))
        expect(JSON.stringify(restored(found, texts))).toBe(JSON.stringify(JSON.parse(json)))
      }),
      { numRuns: 200 },
    )
  })

  it('is parsed with the long texts left as they came', () => {
    const { value, texts } = parse(new TextEncoder().encode(JSON.stringify([long('a'), 'b'])))
    const [first, second] = (value as string[]).map((text) => texts.resolve(text))
    expect(first).toBeInstanceOf(Uint8Array)
    expect(second).toBe('b')
    expect((value as string[])[0]!.length).toBeLessThan(100)
  })

  it.each([
    ['a comma too many', `["${long('a')}",]`],
    ['no end', `["${long('a')}"`],
    ['a text without an end', `["${long('a')}`],
    ['two texts in a row', `["${long('a')}""${long('b')}"]`],
    ['a control character in a short text', `["${long('a')}", "\n"]`],
  ])('is refused with %s', (_, text) => {
    expect(() => parse(new TextEncoder().encode(text))).toThrow('no JSON')
  })

  it('is refused where what is left is not UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from(`["${long('a')}", "`),
      Buffer.from([0xe2, 0x82]),
      Buffer.from('"]'),
    ])
    expect(() => parse(bytes)).toThrow('no JSON')
    const before = Buffer.concat([Buffer.from([0x5b, 0xe2, 0x82]), Buffer.from(`"${long('a')}"]`)])
    expect(() => parse(before)).toThrow('no JSON')
  })
})

describe('long texts of a request', () => {
  let server: TestServer
  let data: string
  beforeAll(async () => {
    server = await serveApp()
    // As large as one of noise would be.
    data = Buffer.concat([await plain(51), Buffer.alloc(6000)]).toString('base64')
  })
  const send = (pictures: unknown) => server.ask('/v1/classify', jsonBody(pictures))

  it('are pictures', async () => {
    const rows = await rowsOf(await send([{ id: 'a', data }, { data }]))
    expect(rows.map(({ id, error }) => [id, error])).toEqual([
      ['a', null],
      ['1', null],
    ])
  })

  it('are pictures where slashes are escaped', async () => {
    const slashes = Buffer.concat([await plain(51), Buffer.alloc(6000, 0xff)]).toString('base64')
    const body = JSON.stringify({ pictures: [{ data: slashes }] }).replaceAll('/', '\\/')
    const rows = await rowsOf(await server.ask('/v1/classify', { ...jsonBody([]), body }))
    expect(rows[0]!.error).toBeNull()
  })

  it.each([
    ['a line end', '\n'],
    ['a letter of another alphabet', 'é'],
    ['NUL', '\0'],
    ['an escape that is none', '\\x'],
    ['an escaped quote', '\\"'],
  ])('that are no base64 for %s are refused, and the others are not', async (_, letter) => {
    const body = `[{"data":"${data.slice(0, 5000)}${letter}${data.slice(5000)}"},{"data":"${data}"}]`
    const rows = await rowsOf(await server.ask('/v1/classify', { ...jsonBody([]), body }))
    expect(rows.map(({ error }) => error)).toEqual(['data is no base64 of a picture file.', null])
  })

  it.each([
    ['an identifier', { id: long('x'), data: '' }],
    ['the name of a member', { [long('x')]: 1, data: '' }],
    ['a number', { ra: long('1'), dec: 1, id: 7 }],
  ])('that stand for %s are refused as short ones would be', async (_, picture) => {
    const alone = { ...jsonBody([]), body: JSON.stringify(picture) }
    const response = await server.ask('/v1/classify', alone)
    const { detail } = (await response.clone().json()) as { detail: string }
    expect(await problemOf(response)).toEqual([422, 'api.schema'])
    expect(detail.length).toBeLessThan(300)
    const rows = await rowsOf(await send([picture, { data }]))
    expect(rows.map(({ id, error }) => [id, error === null])).toEqual([
      ['0', false],
      ['1', true],
    ])
    expect(String(rows[0]!.error).length).toBeLessThan(300)
  })
})
