import type { RequestListener } from 'node:http'
import { isIP } from 'node:net'
import { setTimeout as later } from 'node:timers/promises'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { pinnedLookup, type Resolve } from '../../src/api/node/cutouts/pinned-lookup.ts'
import { isPublicAddress } from '../../src/api/node/cutouts/public-address.ts'
import { type CutoutRecord, type OpenCutoutsOptions, openCutouts } from '../../src/api/node/index.ts'
import { drawAsked, galaxyJpeg, rawServer, surveyServer } from './survey-server.ts'

const open = (base: string, options: OpenCutoutsOptions = {}) =>
  openCutouts(base, { allowPrivate: true, ...options, limits: { backoff: 5, ...options.limits } })

/** For servers that are slow: those that are not may be so too, on a machine with much to do. */
const HASTY = { limits: { idle: 300, whole: 800 } }

const PLACE = { ra: 184.74, dec: 47.3 }
const never = () => new AbortController().signal
const fetchFrom = (base: string, options?: OpenCutoutsOptions) => open(base, options).fetch(PLACE, never())
const failure = (kind: string) => expect.objectContaining({ code: `api.cutout.${kind}` })

let picture: Buffer
beforeAll(async () => {
  picture = await galaxyJpeg()
})

const jpeg = (bytes: () => Uint8Array): RequestListener => {
  return (_, response) => response.writeHead(200, { 'content-type': 'image/jpeg' }).end(bytes())
}

describe('a cut-out', () => {
  it('is fetched from the address that is made of it', async () => {
    const { base, asked } = await surveyServer(drawAsked)
    const bytes = await open(base).fetch({ ...PLACE, size: 64, pixelScale: 1, layer: 'ls-dr10' }, never())
    expect((await sharp(bytes).metadata()).width).toBe(64)
    expect(asked).toEqual(['/jpeg-cutout?ra=184.7400000&dec=47.3000000&layer=ls-dr10&pixscale=1&size=64'])
  })

  it('is asked for with the name of puregalaxy, no encoding and the trace that it belongs to', async () => {
    let headers: NodeJS.Dict<string | string[]> = {}
    const { base } = await surveyServer((request, response) => {
      headers = request.headers
      jpeg(() => picture)(request, response)
    })
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await open(base).fetch(PLACE, never(), { traceparent, tracestate: 'a=1' })
    expect(headers).toMatchObject({ traceparent, tracestate: 'a=1', 'accept-encoding': 'identity' })
    expect(headers['user-agent']).toMatch(/^puregalaxy\/\d/)
  })

  it('is refused without a question where its numbers or its layer are wrong', async () => {
    const { base, asked } = await surveyServer(drawAsked)
    const cutouts = open(base, { layers: ['own'] })
    for (const wrong of [{ ra: Number.NaN }, { dec: 91 }, { size: 4096 }, { layer: 'ls-dr9' }])
      await expect(cutouts.fetch({ ...PLACE, ...wrong }, never())).rejects.toMatchObject({
        code: 'survey.cutout',
      })
    expect(asked).toEqual([])
    await cutouts.fetch(PLACE, never())
    expect(asked[0]).toContain('layer=own')
  })
})

describe('a server that', () => {
  const huge = () => Buffer.concat([picture, Buffer.alloc(400_000)])
  const other = (type: string, body: () => Uint8Array | string): RequestListener => {
    return (_, response) => response.writeHead(200, type === '' ? {} : { 'content-type': type }).end(body())
  }

  it.each<[string, string, RequestListener]>([
    ['answers 404', 'status', (_, response) => response.writeHead(404).end('none')],
    ['answers 500', 'status', (_, response) => response.writeHead(500).end()],
    ['answers 204', 'status', (_, response) => response.writeHead(204).end()],
    ['answers 206 unasked', 'status', (_, response) => response.writeHead(206).end(picture)],
    ['answers with a page', 'type', other('text/html', () => '<h1>Maintenance</h1>')],
    ['answers with a FITS file', 'type', other('image/fits', () => 'SIMPLE  =')],
    ['answers with an SVG', 'type', other('image/svg+xml', () => '<svg/>')],
    ['gives no type', 'type', other('', () => picture)],
    ['calls its picture __proto__', 'type', other('__proto__', () => picture)],
    ['calls a page a JPEG', 'type', other('image/jpeg', () => '<h1>Maintenance</h1>')],
    ['calls a JPEG a PNG', 'type', other('image/png', () => picture)],
    ['answers with nothing', 'type', other('image/jpeg', () => '')],
    [
      'encodes its answer',
      'type',
      (_, response) =>
        response.writeHead(200, { 'content-type': 'image/jpeg', 'content-encoding': 'gzip' }).end(picture),
    ],
    ['sends too much', 'too-large', jpeg(huge)],
    [
      'says that it will send too much',
      'too-large',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': 10e9 }).flushHeaders()
      },
    ],
    [
      'sends without end',
      'too-large',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'image/jpeg' })
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(60_000)));
        }
        response.on('drain', more)
        more()
      },
    ],
    [
      'drips, byte by byte',
      'slow',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'image/jpeg' })
        const timer = setInterval(() => response.write('\xff'), 20)
        response.on('close', () => clearInterval(timer))
      },
    ],
    [
      'stops in the middle',
      'slow',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'image/jpeg' }).write(picture.subarray(0, 100))
      },
    ],
    ['never answers', 'slow', () => undefined],
    [
      'closes the connection before the end',
      'lost',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': picture.length })
        response.write(picture.subarray(0, 1000), () => response.destroy())
      },
    ],
    [
      'closes the connection in the middle of chunks',
      'lost',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'image/jpeg' })
        response.write(picture.subarray(0, 1000), () => response.destroy())
      },
    ],
    ['closes the connection at once', 'lost', (request) => request.socket.destroy()],
    ['truncates its picture and calls that whole', 'damaged', jpeg(() => picture.subarray(0, 2000))],
    ['answers 101', 'status', (_, response) => response.writeHead(101).end()],
  ])('%s is an error of kind %s', async (_, kind, answer) => {
    const { base, asked } = await surveyServer(answer)
    await expect(fetchFrom(base, kind === 'slow' ? HASTY : {})).rejects.toEqual(failure(kind))
    // What may be otherwise the next time is asked for again, but not for ever.
    expect(asked.length).toBe(kind === 'lost' || kind === 'damaged' ? 4 : 1)
  })

  it('gives another size than was asked for is an error', async () => {
    const { base } = await surveyServer(jpeg(() => picture))
    const cutouts = open(base)
    await expect(cutouts.fetch({ ...PLACE, size: 300 }, never())).rejects.toEqual(failure('size'))
    await expect(cutouts.fetch({ ...PLACE, size: 200 }, never())).rejects.toEqual(failure('size'))
  })

  it('hides 14,000² pixels in a small file is an error before they are decoded', async () => {
    const create = { width: 14_000, height: 14_000, channels: 3, background: 'black' } as const
    const bomb = await sharp({ create, limitInputPixels: false }).png({ compressionLevel: 9 }).toBuffer()
    const { base } = await surveyServer(other('image/png', () => bomb))
    const before = process.memoryUsage().rss
    await expect(open(base).fetch({ ...PLACE, size: 1024 }, never())).rejects.toEqual(failure('size'))
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6)
  }, 60_000)

  it('draws one colour has no picture there', async () => {
    const create = { width: 256, height: 256, channels: 3, background: '#202020' } as const
    const blank = await sharp({ create }).jpeg().toBuffer()
    const { base } = await surveyServer(jpeg(() => blank))
    await expect(fetchFrom(base)).rejects.toEqual(failure('blank'))
  })

  it('speaks no HTTP is an error', async () => {
    const { base } = await rawServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    await expect(fetchFrom(base)).rejects.toEqual(failure('protocol'))
  })

  it('wants to speak something else is an error', async () => {
    const { base } = await rawServer((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
    )
    await expect(fetchFrom(base)).rejects.toEqual(failure('lost'))
  })

  it('sends headers without end is an error', async () => {
    const { base } = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const timer = setInterval(() => socket.write(`x-more: ${'x'.repeat(1000)}\r\n`), 5)
      socket.on('close', () => clearInterval(timer))
    })
    await expect(fetchFrom(base)).rejects.toEqual(failure('protocol'))
  })

  it('should speak TLS and says nothing is an error', async () => {
    const { base } = await rawServer(() => undefined)
    await expect(fetchFrom(base.replace('http:', 'https:'), HASTY)).rejects.toEqual(failure('slow'))
  })

  it('should speak TLS and does not is an error', async () => {
    const { base } = await surveyServer(jpeg(() => picture))
    await expect(fetchFrom(base.replace('http:', 'https:'))).rejects.toEqual(failure('unreachable'))
  })

  it('is not there is an error', async () => {
    const { base, port } = await rawServer(() => undefined)
    const gone = base.replace(String(port), '1')
    await expect(fetchFrom(gone)).rejects.toMatchObject({
      code: 'api.cutout.unreachable',
      message: "The survey's server cannot be reached (ECONNREFUSED).",
    })
  })
})

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('with %i to this machine is not followed', async (status) => {
    const secret = await surveyServer(jpeg(() => picture))
    const { base } = await surveyServer((_, response) =>
      response.writeHead(status, { location: secret.base }).end(),
    )
    await expect(fetchFrom(base)).rejects.toEqual(failure('redirect'))
    expect(secret.asked).toEqual([])
  })
})

describe('an address', () => {
  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0177.0.0.1/',
    'http://0x7f000001/',
    'http://127.1/',
    'http://0/',
    'http://10.0.0.1/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data',
    'http://100.64.0.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[::1]/',
    'http://[::]/',
    'http://[fe80::1]/',
    'http://[fd00::1]/',
    'http://[fec0::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:a00:1]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2001:db8::1]/',
    'http://[4000::1]/',
  ])('%s is refused as a base, unless it is a mirror', (base) => {
    expect(() => openCutouts(base)).toThrow(
      expect.objectContaining({ code: 'api.cutouts', message: expect.stringContaining('no public address') }),
    )
    openCutouts(base, { allowPrivate: true }).close()
  })

  it.each([
    'ftp://survey.example/',
    'file:///etc/passwd',
    'survey.example',
    'http://user:secret@survey.example/',
    'http://survey.example/?ra=1',
    'http://survey.example/#x',
    '',
  ])('%s is no base, and is not repeated', (base) => {
    expect(() => openCutouts(base)).toThrow(expect.objectContaining({ code: 'api.cutouts' }))
    expect(() => openCutouts(base)).not.toThrow(/secret/)
  })

  it.each(['a&b', 'a b', '', 'x'.repeat(65)])('%j is no layer', (layer) => {
    expect(() => openCutouts('http://survey.example/', { layers: [layer] })).toThrow(
      expect.objectContaining({ code: 'api.cutouts' }),
    )
  })

  it('of IPv6 is connected to', async () => {
    const { base } = await surveyServer(
      jpeg(() => picture),
      '::1',
    )
    expect(Buffer.from(await fetchFrom(base))).toEqual(picture)
  })
})

describe('a name', () => {
  const NAMED = 'http://survey.example'

  it.each(['127.0.0.1', '10.1.2.3', '::1', '::ffff:192.168.0.1', 'fd12::1', '100.100.0.1', '0.0.0.0'])(
    'that resolves to %s is refused, and nothing connected to',
    async (address) => {
      const { port, asked } = await surveyServer(jpeg(() => picture))
      const resolve = async () => [{ address, family: address.includes(':') ? 6 : 4 }]
      const fetching = fetchFrom(`${NAMED}:${port}/`, { allowPrivate: false, resolve })
      await expect(fetching).rejects.toEqual(failure('address'))
      expect(asked).toEqual([])
    },
  )

  it('that resolves differently the second time is connected to where it was looked at the first', async () => {
    const meant = await surveyServer(jpeg(() => picture))
    const trap = await surveyServer(
      jpeg(() => picture),
      '127.0.0.2',
      meant.port,
    )
    let times = 0
    const resolve = async (host: string) => {
      expect(host).toBe('survey.example')
      return [{ address: ++times === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }]
    }
    await fetchFrom(`${NAMED}:${meant.port}/`, { resolve })
    expect([times, meant.asked.length, trap.asked.length]).toEqual([1, 1, 0])
  })

  /** What a connection would be made to. */
  const lookup = (resolve: Resolve) => {
    const pinned = pinnedLookup(resolve, isPublicAddress)
    return new Promise((done) =>
      pinned('survey.example', { all: true }, (error, found) => done(error ?? found)),
    )
  }

  it('that has public and other addresses is connected to at the public ones alone', async () => {
    const addresses = ['192.0.2.7', '8.8.8.8', '127.0.0.1', '2606:4700::1111', '::1', '::ffff:8.8.4.4']
    const resolved = addresses.map((address) => ({ address, family: isIP(address) }))
    expect(await lookup(async () => resolved)).toEqual([resolved[1], resolved[3], resolved[5]])
  })

  it('that turns to this machine later is refused then', async () => {
    const answers = [
      { address: '8.8.8.8', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]
    const resolve = async () => [answers.shift()!]
    expect(await lookup(resolve)).toEqual([{ address: '8.8.8.8', family: 4 }])
    expect(await lookup(resolve)).toEqual(failure('address'))
  })

  it('that nobody resolves is given up in time', async () => {
    const resolve = () => new Promise<never>(() => undefined)
    await expect(fetchFrom(`${NAMED}/`, { resolve, ...HASTY })).rejects.toEqual(failure('slow'))
  })

  it('that is none is an error', async () => {
    const resolve = async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
    }
    await expect(fetchFrom(`${NAMED}/`, { resolve })).rejects.toMatchObject({
      code: 'api.cutout.unreachable',
      message: "The survey's server cannot be reached (ENOTFOUND).",
    })
  })
})

describe('a busy server', () => {
  const busy = (status: number, headers: Record<string, string>, times: number): RequestListener => {
    let asked = 0
    return (request, response) => {
      if (++asked <= times) response.writeHead(status, headers).end()
      else jpeg(() => picture)(request, response)
    }
  }

  it.each([
    [429, {}],
    [503, {}],
    [503, { 'retry-after': '0' }],
    [429, { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }],
    [429, { 'retry-after': 'soon' }],
  ])('that answers %i with %j is asked again, and answers', async (status, headers) => {
    const { base, asked } = await surveyServer(busy(status, headers, 3))
    expect(Buffer.from(await fetchFrom(base))).toEqual(picture)
    expect(asked).toHaveLength(4)
  })

  it('that stays so is given up after 4 attempts, with growing pauses', async () => {
    const times: number[] = []
    const { base } = await surveyServer((_, response) => {
      times.push(performance.now())
      response.writeHead(429).end()
    })
    const fetching = fetchFrom(base, { limits: { backoff: 100 }, random: () => 1 })
    await expect(fetching).rejects.toEqual(failure('busy'))
    const pauses = times.slice(1).map((time, at) => time - times[at]!)
    expect(pauses).toHaveLength(3)
    for (const [at, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThan(95 * 2 ** at)
      expect(pause).toBeLessThan(95 * 2 ** at + 3000)
    }
  })

  it('that says when it wants to be asked again is asked then, for all cut-outs', async () => {
    const times: number[] = []
    const { base } = await surveyServer((request, response) => {
      times.push(performance.now())
      if (times.length === 1) response.writeHead(503, { 'retry-after': '1' }).end()
      else jpeg(() => picture)(request, response)
    })
    const cutouts = open(base)
    const first = cutouts.fetch(PLACE, never())
    await later(200)
    await Promise.all([first, cutouts.fetch({ ra: 1, dec: 1 }, never())])
    expect(times).toHaveLength(3)
    for (const time of times.slice(1)) expect(time - times[0]!).toBeGreaterThan(990)
  })

  it('that wants an hour is left alone, and nobody waits', async () => {
    const { base, asked } = await surveyServer((_, response) =>
      response.writeHead(429, { 'retry-after': '3600' }).end(),
    )
    const cutouts = open(base)
    const started = performance.now()
    for (const ra of [1, 2, 3])
      await expect(cutouts.fetch({ ra, dec: 0 }, never())).rejects.toEqual(failure('busy'))
    expect(performance.now() - started).toBeLessThan(5000)
    expect(asked).toHaveLength(1)
  })

  it('is asked for so many at once and no more, and every cut-out is answered', async () => {
    let [now, most] = [0, 0]
    const { base } = await surveyServer(async (request, response) => {
      most = Math.max(most, ++now)
      await later(20)
      now--
      drawAsked(request, response)
    })
    const cutouts = open(base, { limits: { atOnce: 3 } })
    const places = Array.from({ length: 20 }, (_, at) => ({ ra: 100 + at, dec: 0, size: 32 }))
    await Promise.all(places.map((place) => cutouts.fetch(place, never())))
    expect(most).toBe(3)
  })
})

describe('what was fetched', () => {
  it('is kept, and had again without a question', async () => {
    const records: CutoutRecord[] = []
    const { base, asked } = await surveyServer(drawAsked)
    const cutouts = open(base, { onCutout: (record) => records.push(record) })
    const first = await cutouts.fetch(PLACE, never())
    expect(await cutouts.fetch({ ...PLACE, size: 256 }, never())).toEqual(first)
    expect(asked).toHaveLength(1)
    expect(records).toEqual([
      { outcome: 'fetched', retries: 0, seconds: expect.any(Number) },
      { outcome: 'kept' },
    ])
  })

  it('is kept as far as there is room, what was used last the longest', async () => {
    const { base, asked } = await surveyServer(jpeg(() => picture))
    const cutouts = open(base, { limits: { cacheBytes: Math.ceil(2.5 * picture.length) } })
    for (const ra of [1, 2, 1, 3, 1, 2]) await cutouts.fetch({ ra, dec: 0 }, never())
    expect(asked.map((path) => /ra=(\d)/.exec(path)![1])).toEqual(['1', '2', '3', '2'])
  })

  it('is not kept where it was no picture', async () => {
    let times = 0
    const { base } = await surveyServer((request, response) =>
      jpeg(() => (++times === 1 ? Buffer.from('rubbish') : picture))(request, response),
    )
    const cutouts = open(base)
    await expect(cutouts.fetch(PLACE, never())).rejects.toEqual(failure('type'))
    expect(Buffer.from(await cutouts.fetch(PLACE, never()))).toEqual(picture)
  })

  it('for several at once is fetched once, while they wait for it', async () => {
    const records: CutoutRecord[] = []
    const { base, asked } = await surveyServer(async (request, response) => {
      await later(100)
      jpeg(() => picture)(request, response)
    })
    const cutouts = open(base, { onCutout: (record) => records.push(record) })
    const all = await Promise.all(Array.from({ length: 5 }, () => cutouts.fetch(PLACE, never())))
    for (const bytes of all) expect(Buffer.from(bytes)).toEqual(picture)
    expect(asked).toHaveLength(1)
    expect(records.map(({ outcome }) => outcome)).toEqual([...Array(4).fill('shared'), 'fetched'])
  })
})

describe('who goes away', () => {
  it('leaves at once, and those who wait for the same cut-out get it', async () => {
    const { base, asked } = await surveyServer(async (request, response) => {
      await later(200)
      jpeg(() => picture)(request, response)
    })
    const cutouts = open(base)
    const client = new AbortController()
    const [leaves, stays] = [cutouts.fetch(PLACE, client.signal), cutouts.fetch(PLACE, never())]
    await later(50)
    const reason = new Error('gone')
    client.abort(reason)
    await expect(leaves).rejects.toBe(reason)
    expect(Buffer.from(await stays)).toEqual(picture)
    expect(asked).toHaveLength(1)
  })

  it('as the last ends the fetch, and the next begins anew', async () => {
    let closed = 0
    const records: CutoutRecord[] = []
    const { base, asked } = await surveyServer((request, response) => {
      response.on('close', () => closed++)
      if (asked.length > 1) jpeg(() => picture)(request, response)
    })
    const cutouts = open(base, { onCutout: (record) => records.push(record) })
    const client = new AbortController()
    const waits = cutouts.fetch(PLACE, client.signal)
    await later(100)
    client.abort(new Error('gone'))
    await expect(waits).rejects.toThrow('gone')
    expect(Buffer.from(await cutouts.fetch(PLACE, never()))).toEqual(picture)
    expect([asked.length, closed]).toEqual([2, 2])
    expect(records.map(({ outcome }) => outcome)).toEqual(['failed', 'fetched'])
  })

  it('before the question asks none', async () => {
    const { base, asked } = await surveyServer(drawAsked)
    await expect(open(base).fetch(PLACE, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')
    expect(asked).toEqual([])
  })

  it('while the server wants a pause does not wait for its end', async () => {
    const { base } = await surveyServer((_, response) =>
      response.writeHead(429, { 'retry-after': '9' }).end(),
    )
    const started = performance.now()
    const waits = open(base).fetch(PLACE, AbortSignal.timeout(200))
    await expect(waits).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(performance.now() - started).toBeLessThan(5000)
  })
})
