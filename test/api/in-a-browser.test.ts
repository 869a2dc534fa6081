import { afterEach, expect, it, vi } from 'vitest'
import { createApp } from '../../src/api/index.ts'
import { decodeUpload } from '../../src/api/node/index.ts'
import { brightnessModel, pictureBody, problemOf, rowsOf } from './api-server.ts'
import { plain } from './galaxy-pictures.ts'

afterEach(() => vi.unstubAllGlobals())

const app = createApp({ classifiers: [brightnessModel()], decode: decodeUpload, limits: { bodyBytes: 1000 } })

/** A request as Firefox has it: with a body, of which there is no stream. */
function request(bytes: Uint8Array): Request {
  const made = new Request('http://page/v1/classify', pictureBody(bytes))
  Object.defineProperty(made, 'body', { value: undefined })
  return made
}

it('a body that the place gives no stream of is read, and refused where it is too large', async () => {
  const [row] = await rowsOf(await app.fetch(request(await plain(51))))
  expect(row).toMatchObject({ error: null, confidence: 0.2 })
  expect(await problemOf(await app.fetch(request(new Uint8Array(1001))))).toEqual([413, 'api.too-large'])
})

it('requests have identifiers where there is no randomUUID, as in pages without TLS', async () => {
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })
  const ask = async () => {
    const response = await app.fetch(new Request('http://page/v1/models'))
    expect(response.status).toBe(200)
    return response.headers.get('x-request-id')
  }
  const ids = [await ask(), await ask()]
  expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), expect.stringMatching(/^[0-9a-f]{32}$/)])
  expect(ids[0]).not.toBe(ids[1])
})
