import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import sharp from 'sharp'
import { afterAll } from 'vitest'

/** A server in the place of a survey's. */
export interface SurveyServer {
  /** Address of its cut-outs. */
  readonly base: string
  readonly port: number
  /** Paths with queries that were asked for, in order. */
  readonly asked: string[]
}

const close: (() => void)[] = []
afterAll(() => {
  for (const end of close) end()
})

/** A server of HTTP on a free port, closed with its connections when the test file ends. */
export async function surveyServer(
  answer: RequestListener,
  host = '127.0.0.1',
  port = 0,
): Promise<SurveyServer> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    answer(request, response)
  })
  return { ...(await listen(server, host, port)), asked }
}

/** A server that takes connections and says what it wants. */
export const rawServer = (onConnection: (socket: Socket) => void): Promise<Omit<SurveyServer, 'asked'>> =>
  listen(createTcpServer(onConnection), '127.0.0.1', 0)

async function listen(server: Server, host: string, port: number) {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => undefined).once('close', () => sockets.delete(socket)))
  })
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  close.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const bound = (server.address() as AddressInfo).port
  return { base: `http://${host.includes(':') ? `[${host}]` : host}:${bound}/jpeg-cutout`, port: bound }
}

/** A JPEG of a round galaxy, of a brightness that tells pictures apart. */
export function galaxyJpeg(size = 256, light = 200): Promise<Buffer> {
  const pixels = Buffer.alloc(size * size * 3)
  for (let at = 0; at < size * size; at++) {
    const far = Math.hypot(Math.floor(at / size) - size / 2, (at % size) - size / 2) / size
    pixels.fill(20 + light * Math.exp(-far * 8), at * 3, at * 3 + 3)
  }
  return sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer()
}

/** Answers as a survey does: a picture of the size asked for, its brightness that of its right ascension. */
export const drawAsked: RequestListener = async (request, response) => {
  const { searchParams } = new URL(request.url!, 'http://localhost')
  const picture = await galaxyJpeg(Number(searchParams.get('size')), 40 + Number(searchParams.get('ra')) / 3)
  response.writeHead(200, { 'content-type': 'image/jpeg' }).end(picture)
}
