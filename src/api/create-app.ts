import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { requestId } from 'hono/request-id'
import { routePath } from 'hono/route'
import { secureHeaders } from 'hono/secure-headers'
import { PureGalaxyError } from '../errors.ts'
import type { AppEnv, AppExtension, AppServices, ServerNames } from './app-extension.ts'
import { Batcher } from './batcher.ts'
import { classifyRoute } from './classify-route.ts'
import { cutoutRoute } from './cutout-route.ts'
import { type CutoutSource, NO_CUTOUTS } from './cutout-source.ts'
import { addDocsPage, type DocsFiles, docsPolicy } from './docs-page.ts'
import { Gate } from './gate.ts'
import { addInference, inferenceError, isInferencePath } from './inference/index.ts'
import { bearerToken, type Keys } from './keys.ts'
import { type ApiLimits, completeLimits } from './limits.ts'
import { newRequestId } from './new-request-id.ts'
import { type Gauges, joinObservers, type Observer } from './observer.ts'
import { addOpenApi } from './openapi.ts'
import { type Caller, pictureWork } from './picture-work.ts'
import { problemOf, problemResponse } from './problem.ts'
import { refuseOtherMethods } from './refuse-other-methods.ts'
import { refuseStrangers } from './refuse-strangers.ts'
import type { PictureDecoder, ServedModel } from './served-model.ts'
import { traceContext } from './trace-context.ts'
import { addWebPage, type WebPage, webPagePolicy } from './web-page.ts'

export interface AppOptions {
  /** The models to serve; the first is taken where a request names none. Who opened them disposes of them. */
  readonly classifiers: readonly ServedModel[]
  readonly decode: PictureDecoder
  /** Where pictures of positions come from; without, a position is answered with 501. */
  readonly cutouts?: CutoutSource
  readonly limits?: Partial<ApiLimits>
  /** Who may ask; default: everybody. */
  readonly keys?: Keys
  readonly observers?: readonly Observer[]
  /** What /docs consists of; without, there is no such route. */
  readonly docs?: DocsFiles
  /** The page at `/`; without, there is no such route. */
  readonly page?: WebPage
  /** The text of /metrics and its media type; without, there is no such route. */
  readonly metrics?: (gauges: Gauges) => Promise<{ readonly text: string; readonly contentType: string }>
  /** More routes, such as those of jobs. Who opened them closes them. */
  readonly extensions?: readonly AppExtension[]
}

/** The API as a function of requests, and its life. */
export interface App {
  /** The defaults, and what was given in their place. */
  readonly limits: ApiLimits
  /** Milliseconds that the longest request may take to arrive. */
  readonly uploadTime: number
  /** Milliseconds for which an answer may be silent before it ends. */
  readonly silence: number
  /** Answers a request; never rejects. */
  fetch(request: Request, server?: ServerNames): Promise<Response>
  /** Runs every model at the sizes of its batches, unless it has, then says that it is ready. */
  warmUp(): Promise<void>
  /** Takes no more work; resolves when the work in hand is done. */
  drain(): Promise<void>
}

/** Routes that anybody may ask, key or no key. */
const OPEN = /^\/(|page\.(css|js)|(v2\/)?health\/(live|ready)|openapi\.json|docs(\/[\w.-]+)?)$/

/**
 * The HTTP API over models.
 *
 * @throws PureGalaxyError `api.limits`, `api.models`
 * @example
 * const app = createApp({ classifiers: [await Classifier.open('small')], decode: decodeUpload })
 * await app.warmUp()
 * const answer = await app.fetch(new Request('http://localhost/v1/models'))
 */
export function createApp(options: AppOptions): App {
  const { classifiers, decode, cutouts = NO_CUTOUTS, keys, docs, page, metrics, extensions = [] } = options
  const limits = completeLimits(options.limits)
  const observer = joinObservers(options.observers ?? [])
  const gate = new Gate(limits)
  const served = new Map(
    classifiers.map((model) => {
      const onRun = (pictures: number, seconds: number) => observer.run(model.name, pictures, seconds)
      return [model.name, { model, batcher: new Batcher(model, { ...limits, onRun }) }]
    }),
  )
  if (served.size === 0 || served.size < classifiers.length)
    throw new PureGalaxyError('api.models', 'At least one model is expected, and no two of one name.')
  let warm = false

  const find: AppServices['find'] = (name = classifiers[0]!.name) => {
    const found = served.get(name)
    if (found !== undefined) return found
    throw new PureGalaxyError(
      'api.no-such-model',
      `There is no such model here; served are ${[...served.keys()].join(', ')}.`,
    )
  }

  /** @param parts those that are asked for; default: all there are */
  const readiness = (
    parts: readonly { readonly unavailable?: string | undefined }[] = [...classifiers, ...extensions],
  ) => {
    const reason = parts.map(({ unavailable }) => unavailable).find((each) => each !== undefined)
    if (gate.closed) return { status: 'stopping' }
    if (!warm) return { status: 'starting' }
    return reason === undefined ? { status: 'ready' } : { status: 'broken', reason }
  }

  const app = new OpenAPIHono<AppEnv>()
  app.use(requestId({ limitLength: 64, generator: newRequestId }))
  app.use(async (context, next) => {
    const started = performance.now()
    await next()
    const path = routePath(context, -1)
    // Hono's own `header` would make the answer anew for each, with its body as a stream.
    const { headers } = context.res
    headers.set('cache-control', 'no-store')
    headers.set('x-request-id', context.var.requestId)
    observer.request({
      requestId: context.var.requestId,
      ...traceContext(context.req.raw.headers),
      method: context.req.method,
      // Middleware alone is at paths that end so.
      route: path.endsWith('*') ? undefined : path.replace(/\{.*\}/, ''),
      status: context.res.status,
      seconds: (performance.now() - started) / 1000,
      key: context.var.client?.name,
      pictures: context.var.pictures,
      code: context.var.code,
    })
  })
  app.use('/docs/*', docsPolicy)
  if (page !== undefined) app.use('/', webPagePolicy)
  app.use(
    secureHeaders({
      contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      xFrameOptions: 'DENY',
      // Of a server that speaks HTTP: what stands before it and speaks TLS says this.
      strictTransportSecurity: false,
    }),
  )
  app.use(async (context, next) => {
    const { localNames } = context.env
    if (localNames !== undefined) refuseStrangers(context.req.raw, localNames)
    if (keys !== undefined && !OPEN.test(context.req.path)) {
      const token = bearerToken(context.req.header('authorization'))
      const client = token === undefined ? undefined : await keys.find(token)
      if (client === undefined)
        throw new PureGalaxyError(
          'api.key',
          'A key is expected: Authorization: Bearer KEY. There is no such key.',
        )
      context.set('client', client)
    }
    await next()
  })

  const callerOf = (context: Context<AppEnv>): Caller => ({
    client: context.var.client,
    trace: traceContext(context.req.raw.headers),
    onPictures: (count) => context.set('pictures', count),
    onFailure: (error) => tellFailure(context, error),
  })
  const work = pictureWork({ limits, gate, decode, cutouts, observer })
  const classify = classifyRoute({ limits, find, work })
  app.post('/v1/classify', (context) => classify(context.req.raw, callerOf(context)))
  addInference(app, { limits, find, work, callerOf, ready: (models) => readiness(models).status === 'ready' })
  const fetchCutout = cutoutRoute({ limits, gate, cutouts })
  app.get('/v1/cutouts', (context) => fetchCutout(context.req.raw, callerOf(context)))
  app.get('/v1/models', (context) =>
    context.json({ models: classifiers.map(describe), positions: cutouts !== NO_CUTOUTS }),
  )
  app.get('/v1/models/:name', (context) => context.json(describe(find(context.req.param('name')).model)))
  app.get('/health/live', (context) => context.json({ status: 'live' }))
  app.get('/health/ready', (context) => {
    const health = readiness()
    return context.json(health, health.status === 'ready' ? 200 : 503)
  })
  if (metrics !== undefined) {
    const gauges: Gauges = {
      ...Object.assign({}, ...extensions.map((extension) => extension.gauges)),
      requests: () => gate.requests,
      depths: () => new Map([...served].map(([name, { batcher }]) => [name, batcher.depth])),
    }
    app.get('/metrics', async (context) => {
      const { text, contentType } = await metrics(gauges)
      return context.body(text, 200, { 'content-type': contentType })
    })
  }
  const services = { limits, decode, observer, models: classifiers, find }
  for (const extension of extensions) extension.mount(app, services)
  if (docs !== undefined) addDocsPage(app, docs)
  if (page !== undefined) addWebPage(app, page)
  addOpenApi(app, {
    limits,
    keys: keys !== undefined,
    metrics: metrics !== undefined,
  })

  refuseOtherMethods(app)
  app.notFound((context) =>
    tell(
      context,
      new PureGalaxyError('api.no-such-route', 'There is no such route; /openapi.json has those there are.'),
    ),
  )
  app.onError((error, context) => tell(context, error))

  function tell(context: Context<AppEnv>, error: unknown): Response {
    const problem = problemOf(error)
    context.set('code', problem.code)
    if (problem.status === 500) tellFailure(context, error)
    return isInferencePath(context.req.path)
      ? inferenceError(error)
      : problemResponse(error, context.var.requestId)
  }

  /** Tells the observers, once of each error: that of a picture may become that of its request. */
  function tellFailure(context: Context<AppEnv>, error: unknown): void {
    const told = context.var.failures ?? new Set()
    if (told.has(error)) return
    context.set('failures', told.add(error))
    observer.failure(error, context.var.requestId)
  }

  return {
    limits,
    uploadTime: Math.max(limits.deadline, ...extensions.map((extension) => extension.uploadTime)),
    silence: Math.max(limits.deadline, ...extensions.map((extension) => extension.silence)),
    fetch: async (request, server = {}) => app.fetch(request, server),
    async warmUp() {
      for (const model of classifiers.filter((each) => !each.warm)) {
        const size = model.inputSize.reduce((product, side) => product * side, 1)
        for (const pictures of new Set([limits.batch, 1]))
          await model.predict(new Uint8Array(pictures * size))
      }
      warm = true
      for (const extension of extensions) extension.start()
    },
    async drain() {
      await Promise.all([gate.close(), ...extensions.map((extension) => extension.drain())])
    },
  }
}

const describe = ({ name, version, engine, inputSize, classes, card }: ServedModel) => ({
  name,
  version,
  engine,
  inputSize,
  classes: classes.slugs.map((slug, at) => ({ slug, name: classes.names[at]! })),
  card,
})
