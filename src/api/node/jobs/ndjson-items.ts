import { PureGalaxyError } from '../../../errors.ts'
import { jsonExcess } from '../../json-shape.ts'
import { checkId, positionItem } from './check-item.ts'
import { utf8 } from './csv-items.ts'
import type { JobItem } from './job.ts'
import type { ItemLimits } from './read-items.ts'

/** Bytes of a line: many other members may stand beside those that are read. */
const LONGEST_LINE = 65_536

const LINE_END = 0x0a

/** Rows of a catalogue in NDJSON: an object a line with id, ra, dec and perhaps pixscale; other members are passed over. */
export async function* ndjsonItems(
  body: AsyncIterable<Uint8Array>,
  _contentType: string,
  limits: ItemLimits,
): AsyncGenerator<JobItem, void, undefined> {
  let line = 0
  for await (const bytes of lines(utf8(body))) {
    line++
    const text = new TextDecoder().decode(bytes).trim()
    if (text === '') continue
    const where = `the catalogue, line ${line}`
    const { id, ra, dec, pixscale } = parseObject(text, bytes, where)
    yield positionItem(checkId(id, where, limits), {
      ra: ra ?? undefined,
      dec: dec ?? undefined,
      pixelScale: pixscale ?? undefined,
    })
  }
}

/** @throws PureGalaxyError `io.catalogue.json` for a line that never ends */
async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let rest = new Uint8Array(0)
  for await (const bytes of body) {
    let start = 0
    for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, start)) {
      const line = bytes.subarray(start, end)
      yield rest.length === 0 ? line : Buffer.concat([rest, line])
      rest = new Uint8Array(0)
      start = end + 1
    }
    rest = rest.length === 0 ? bytes.slice(start) : Buffer.concat([rest, bytes.subarray(start)])
    if (rest.length > LONGEST_LINE) throw tooLong()
  }
  if (rest.length > 0) yield rest
}

function parseObject(text: string, bytes: Uint8Array, where: string): Record<string, unknown> {
  if (bytes.length > LONGEST_LINE) throw tooLong()
  const shallow = jsonExcess(bytes, { depth: 32, tokens: LONGEST_LINE }) === undefined
  try {
    const value: unknown = shallow ? JSON.parse(text) : undefined
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // Told below: it is no object either.
  }
  throw new PureGalaxyError('io.catalogue.json', `${where} is no JSON object. Write one a line.`)
}

const tooLong = (): PureGalaxyError =>
  new PureGalaxyError(
    'io.catalogue.json',
    `A line of the catalogue is longer than ${LONGEST_LINE} bytes. End each object with a line end.`,
  )
