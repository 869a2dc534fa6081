import { describe, expect, it } from 'vitest'
import { form, problemOf } from '../api-server.ts'
import { plain } from '../galaxy-pictures.ts'
import { brightnessOf, brightSky, csv, ndjson, serveJobs } from './job-server.ts'

const catalogue = (rows: number) =>
  `id,ra,dec\n${Array.from({ length: rows }, (_, at) => `g${at},${at % 256},-1.5\n`).join('')}`

describe('POST /v1/jobs', () => {
  it('takes a catalogue in CSV and gives each position a row, in order', async () => {
    const server = await serveJobs({ cutouts: brightSky })
    const response = await server.ask('/v1/jobs', { method: 'POST', ...csv(catalogue(300)) })
    expect(response.status).toBe(202)
    const job = (await response.json()) as { id: string }
    expect(response.headers.get('location')).toBe(`/v1/jobs/${job.id}`)
    expect(job).toMatchObject({ source: 'catalogue', model: 'brightness', rows: 300, refused: 0 })
    const done = await server.reaches(job.id, 'done')
    expect(done).toMatchObject({ rows: 300, done: 300, refused: 0, secondsLeft: null })
    const rows = await server.results(job.id)
    expect(rows.map(({ id, ra, dec }) => [id, ra, dec])).toEqual(
      Array.from({ length: 300 }, (_, at) => [`g${at}`, at % 256, -1.5]),
    )
    expect(rows.map(brightnessOf)).toEqual(Array.from({ length: 300 }, (_, at) => at % 256))
  })

  it('takes a catalogue in NDJSON', async () => {
    const server = await serveJobs({ cutouts: brightSky })
    const { id } = await server.submit(
      ndjson({ id: 'a', ra: 10, dec: 2, pixscale: 0.3 }, '', {
        id: 'b',
        ra: 20,
        dec: -2,
        more: [1, { x: 2 }],
      }),
    )
    await server.reaches(id, 'done')
    expect((await server.results(id)).map((row) => [row.id, brightnessOf(row)])).toEqual([
      ['a', 10],
      ['b', 20],
    ])
  })

  it('takes pictures as a form, and tells of each what is wrong with it', async () => {
    const server = await serveJobs()
    const files: [string, Uint8Array][] = [
      ['one.png', await plain(51)],
      ['text.png', Buffer.from('no picture')],
      ['empty.png', Buffer.alloc(0)],
      ['four.png', await plain(204)],
    ]
    const { id, source } = await server.submit({ body: form(...files) })
    expect(source).toBe('pictures')
    expect(await server.reaches(id, 'done')).toMatchObject({ rows: 4, done: 4, refused: 2 })
    const rows = await server.results(id)
    expect(rows.map((row) => [row.id, row.error ?? brightnessOf(row)])).toEqual([
      ['one.png', 51],
      ['text.png', expect.stringContaining('picture 1 is no JPEG, PNG or WebP')],
      ['empty.png', 'picture 2 is empty.'],
      ['four.png', 204],
    ])
  })

  it('refuses positions where there is no source of cut-outs', async () => {
    const { ask } = await serveJobs()
    const response = await ask('/v1/jobs', { method: 'POST', ...csv(catalogue(1)) })
    expect(await problemOf(response)).toEqual([422, 'api.jobs.no-cutouts'])
  })
})
