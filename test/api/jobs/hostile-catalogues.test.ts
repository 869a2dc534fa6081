import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { problemOf } from '../api-server.ts'
import { brightSky, csv, type JobServer, ndjson, serveJobs } from './job-server.ts'

const HEADER = 'id,ra,dec,pixscale\n'

let shared: JobServer | undefined

/** One server for all, which has to go on after each. */
async function server(): Promise<JobServer> {
  shared ??= await serveJobs({ cutouts: brightSky, limits: { open: 1000 } })
  return shared
}

async function refusal(init: RequestInit): Promise<[status: number, code: string, detail: string]> {
  const { ask } = await server()
  const post = () => ask('/v1/jobs', { method: 'POST', ...init })
  // A connection whose body was refused before its end is closed soon, and may be when this request begins on it.
  const response = await post().catch(post)
  const { detail } = (await response.clone().json()) as { detail: string }
  return [...(await problemOf(response)), detail]
}

async function rowsOf(init: RequestInit) {
  const { submit, reaches, results } = await server()
  const { id } = await submit(init)
  await reaches(id, 'done')
  return results(id)
}

const ALL_OR_NOTHING: [what: string, init: RequestInit, code: string, detail: RegExp][] = [
  ['that is empty', csv(''), 'io.catalogue.empty', /the catalogue is empty/],
  ['of blank lines', csv('\n\n\n'), 'io.catalogue.empty', /the catalogue is empty/],
  ['with a header alone', csv(HEADER), 'api.schema', /no row/],
  [
    'that lacks a column',
    csv('id,ra\na,1\n'),
    'io.catalogue.columns',
    /lacks a column.*dec.*Found: "id", "ra"/,
  ],
  ['that lacks identifiers', csv('ra,dec\n1,2\n'), 'io.catalogue.columns', /lacks a column.*id/],
  [
    'with a column twice',
    csv('id,ra,RA,dec\na,1,1,2\n'),
    'io.catalogue.columns',
    /more than one column named ra/,
  ],
  [
    'with a row of too many cells',
    csv(`${HEADER}a,1,2,,\n`),
    'io.catalogue.csv',
    /line 2: .*another number of cells/,
  ],
  [
    'with a quote that stays open',
    csv(`${HEADER}a,1,2,\n"b,3,4,\n`),
    'io.catalogue.csv',
    /a quote is opened/,
  ],
  [
    'with a quote that stays open over megabytes',
    csv(`${HEADER}"${'a,1,2,\n'.repeat(300_000)}`),
    'io.catalogue.csv',
    /a quote is opened/,
  ],
  [
    'with an empty identifier',
    csv(`${HEADER}a,1,2,\n,3,4,\n`),
    'api.schema',
    /line 3: the identifier is empty/,
  ],
  [
    'with an identifier of 10 kB',
    csv(`${HEADER}${'x'.repeat(10_240)},1,2,\n`),
    'api.schema',
    /line 2: .*longer than 256/,
  ],
  [
    'with NUL in an identifier',
    csv(`${HEADER}a,1,2,\nb\0c,1,2,\n`),
    'api.schema|io.catalogue.not-text',
    /NUL|not a text file/,
  ],
  [
    'that is not UTF-8',
    csv(Buffer.from(`${HEADER}é,1,2,\n`, 'latin1')),
    'io.catalogue.not-text',
    /not in UTF-8/,
  ],
  [
    'that is cut off within a character',
    csv(Buffer.from(`${HEADER}é`).subarray(0, -1)),
    'io.catalogue.not-text',
    /not in UTF-8/,
  ],
  ['in UTF-16', csv(Buffer.from(`﻿${HEADER}a,1,2,\n`, 'utf16le')), 'io.catalogue.not-text', /not in UTF-8/],
  [
    'that is a picture',
    csv(Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0])),
    'io.catalogue.not-text',
    /./,
  ],
  ['of NDJSON that is empty', ndjson(), 'api.schema', /no row/],
  [
    'of NDJSON that is none',
    ndjson({ id: 'a', ra: 1, dec: 2 }, '{"id":'),
    'io.catalogue.json',
    /line 2 is no JSON object/,
  ],
  ['of NDJSON of arrays', ndjson('["a",1,2]'), 'io.catalogue.json', /line 1 is no JSON object/],
  ['of NDJSON nested deeply', ndjson(`{"a":${'['.repeat(30_000)}`), 'io.catalogue.json', /no JSON object/],
  [
    'of NDJSON in one endless line',
    ndjson(`{"id":"${'x'.repeat(5_000_000)}`),
    'io.catalogue.json',
    /longer than 65536 bytes/,
  ],
  [
    'of NDJSON with a number for an identifier',
    ndjson('{"id":9007199254740993,"ra":1,"dec":2}'),
    'api.schema',
    /is no text/,
  ],
  ['of NDJSON without an identifier', ndjson({ ra: 1, dec: 2 }), 'api.schema', /is no text/],
  [
    'of NDJSON with half a character',
    ndjson('{"id":"\\ud800","ra":1,"dec":2}'),
    'api.schema',
    /none in Unicode/,
  ],
]

describe('a catalogue', () => {
  it.each(ALL_OR_NOTHING)('%s is refused as a whole', async (_, init, code, detail) => {
    const [status, found, text] = await refusal(init)
    expect([status, found]).toEqual([422, expect.stringMatching(new RegExp(`^(${code})$`))])
    expect(text).toMatch(detail)
    expect(text.length).toBeLessThan(4000)
  })

  it('leaves nothing behind when it is refused', async () => {
    const { ask } = await server()
    await refusal(csv(`${HEADER}${'a,1,2,\n'.repeat(10_000)},1,2,\n`))
    const before = await (await ask('/v1/jobs?limit=200')).json()
    await refusal(csv(`${HEADER}${'a,1,2,\n'.repeat(10_000)},1,2,\n`))
    expect(await (await ask('/v1/jobs?limit=200')).json()).toEqual(before)
  })

  it('may have a byte order mark, quotes, other columns, other names, line ends of any kind', async () => {
    const rows = await rowsOf(
      csv('﻿"SOURCE_ID", RAJ2000 ,mag,decj2000\r\n"a ""quoted"", name",1,17.2,2\r\n\r\nα β\t,3,,4\r\n'),
    )
    expect(rows.map(({ id, ra, dec, error }) => [id, ra, dec, error])).toEqual([
      ['a "quoted", name', 1, 2, null],
      ['α β', 3, 4, null],
    ])
  })

  it('keeps identifiers as they are: with line ends, long numbers, formulas, and the same twice', async () => {
    const ids = [
      'a\nb\r\nc',
      '-2663985417352713991',
      '00012',
      '=1+1',
      '__proto__',
      '𝛼',
      'x'.repeat(256),
      '00012',
    ]
    const quoted = ids.map((id) => `"${id}",1,2,0.3\n`).join('')
    expect((await rowsOf(csv(HEADER + quoted))).map(({ id }) => id)).toEqual(ids)
    const lines = ids.map((id) => ({ id, ra: 1, dec: 2 }))
    expect((await rowsOf(ndjson(...lines))).map(({ id }) => id)).toEqual(ids)
  })

  it('has a row with an error for each position that is none, and the others are classified', async () => {
    const cells = [
      '1,2,',
      'nan,2,',
      ',2,',
      '-1,2,',
      '361,2,',
      '1,91,',
      '1,-90.5,',
      '1e999,2,',
      'abc,2,',
      '1,2,0',
      '1,2,x',
      '0,-90,',
      '360,90,',
    ]
    const rows = await rowsOf(csv(HEADER + cells.map((cell, at) => `g${at},${cell}\n`).join('')))
    expect(rows.map(({ error }) => error)).toEqual([
      null,
      'ra is missing; expected from 0 to 360 degrees.',
      'ra is missing; expected from 0 to 360 degrees.',
      'ra is -1; expected from 0 to 360 degrees.',
      'ra is 361; expected from 0 to 360 degrees.',
      'dec is 91; expected from -90 to 90 degrees.',
      'dec is -90.5; expected from -90 to 90 degrees.',
      'ra is Infinity; expected from 0 to 360 degrees.',
      'ra is no number; expected from 0 to 360 degrees.',
      'pixelScale is 0; expected from 0.05 to 10 arcsec per pixel.',
      'pixelScale is no number; expected from 0.05 to 10 arcsec per pixel.',
      null,
      null,
    ])
    expect(rows.map(({ ra }) => ra).slice(0, 6)).toEqual([1, null, null, -1, 361, 1])
    const lines = [
      '{"id":"a","ra":"1","dec":2}',
      '{"id":"b","ra":1,"dec":null}',
      '{"id":"c","ra":1e999,"dec":2}',
    ]
    expect((await rowsOf(ndjson(...lines))).map(({ error }) => error)).toEqual([
      'ra is no number; expected from 0 to 360 degrees.',
      'dec is missing; expected from -90 to 90 degrees.',
      'ra is Infinity; expected from 0 to 360 degrees.',
    ])
  })

  it('of positions that are none alone is done at once', async () => {
    const { submit } = await server()
    expect(await submit(csv(`${HEADER}a,nan,nan,\n`))).toMatchObject({ state: 'done', done: 1, refused: 1 })
  })

  it('of any bytes is taken or refused, and the server goes on', { timeout: 180_000 }, async () => {
    const { ask, submit } = await server()
    const text = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: 'binary', maxLength: 300 }).map((rest) => Buffer.from(HEADER + rest)),
      fc
        .array(
          fc.constantFrom('a', '1', ',', '"', '\n', '\r', ' ', 'nan', '﻿', '{', '}', ':', 'id', 'ra', 'dec'),
          {
            maxLength: 60,
          },
        )
        .map((parts) => Buffer.from(HEADER + parts.join(''))),
    )
    const type = fc.constantFrom('text/csv', 'application/x-ndjson')
    await fc.assert(
      fc.asyncProperty(text, type, async (body, contentType) => {
        const headers = { 'content-type': contentType }
        const { status } = await ask('/v1/jobs', { method: 'POST', headers, body: new Uint8Array(body) })
        expect([202, 422, 429]).toContain(status)
      }),
      { numRuns: 200 },
    )
    expect(await submit(csv(`${HEADER}a,nan,nan,\n`))).toMatchObject({ done: 1 })
  })
})

describe('a form of a job', () => {
  const multipart = (body: string, boundary = 'x'): RequestInit => ({
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body,
  })
  const part = (name: string, text: string) =>
    `--x\r\nContent-Disposition: form-data; name="p"; filename="${name}"\r\n\r\n${text}\r\n`

  it.each([
    [
      'without a boundary',
      { headers: { 'content-type': 'multipart/form-data' }, body: 'x' },
      400,
      'api.multipart',
    ],
    ['that is none', multipart('hello'), 400, 'api.multipart'],
    ['that is empty', multipart(''), 400, 'api.multipart'],
    ['without a part', multipart('--x--\r\n'), 422, 'api.schema'],
    ['that is cut off', multipart(part('a', 'b').slice(0, -5)), 400, 'api.multipart'],
    ['with a name of 10 kB', multipart(`${part('n'.repeat(7000), 'b')}--x--`), 422, 'api.schema'],
  ] as const)('%s is refused', async (_, init, status, code) => {
    expect((await refusal(init)).slice(0, 2)).toEqual([status, code])
  })

  it('that comes byte by byte is taken', async () => {
    const { ask } = await server()
    const bytes = new TextEncoder().encode(`${part('a\u00e9.png', 'no picture')}${part('b', '')}--x--\r\n`)
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte))
        controller.close()
      },
    })
    const response = await ask('/v1/jobs', {
      method: 'POST',
      ...multipart(''),
      body,
      duplex: 'half',
    } as RequestInit)
    expect(response.status).toBe(202)
    expect(await response.json()).toMatchObject({ rows: 2 })
  })
})
