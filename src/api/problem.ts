import { PureGalaxyError } from '../errors.ts'

/** An error as RFC 9457 has it; the title is the status in words, and `code` tells errors of one status apart. */
export interface Problem {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly requestId?: string
}

/** A refusal that knows when to try again. */
export class RetryLater extends PureGalaxyError {
  /** Seconds, a whole number above 0. */
  readonly seconds: number

  constructor(code: string, message: string, seconds: number) {
    super(code, message)
    this.seconds = seconds
  }
}

/** A method that a route has not. */
export class OtherMethod extends PureGalaxyError {
  /** Those it has. */
  readonly methods: readonly string[]

  constructor(methods: readonly string[]) {
    super('api.method', `This route takes ${methods.join(', ')}.`)
    this.methods = methods
  }
}

/**
 * Statuses of the errors that clients are told of, with seconds for Retry-After. Others are faults of the server, whatever they are,
 * and their text may name its files.
 */
const STATUSES: Readonly<Record<string, readonly [status: number, retryAfter?: number]>> = {
  'api.json': [400],
  'api.multipart': [400],
  'api.idempotency-key': [400],
  'api.key': [401],
  'api.cross-site': [403],
  'api.no-such-model': [404],
  'api.no-such-job': [404],
  'api.no-such-version': [404],
  'api.no-such-route': [404],
  'api.method': [405],
  'api.slow-body': [408],
  'api.idempotency-key-in-use': [409, 1],
  'api.too-large': [413],
  'api.too-many-items': [413],
  'api.media-type': [415],
  'api.content-encoding': [415],
  'api.picture-format': [415],
  'api.misdirected': [421],
  'api.schema': [422],
  'api.base64': [422],
  'api.idempotency-key-reused': [422],
  'api.jobs.no-cutouts': [422],
  'io.catalogue.columns': [422],
  'io.catalogue.csv': [422],
  'io.catalogue.empty': [422],
  'io.catalogue.json': [422],
  'io.catalogue.not-text': [422],
  'api.tensor': [422],
  'api.too-many-requests': [429, 1],
  'api.rate': [429],
  'api.too-many-jobs': [429, 30],
  'api.gone': [499],
  'api.not-finite': [500],
  'api.no-cutouts': [501],
  'api.cutout.blank': [404],
  'api.cutout.address': [502],
  'api.cutout.damaged': [502],
  'api.cutout.lost': [502],
  'api.cutout.protocol': [502],
  'api.cutout.redirect': [502],
  'api.cutout.size': [502],
  'api.cutout.status': [502],
  'api.cutout.too-large': [502],
  'api.cutout.type': [502],
  'api.cutout.unreachable': [502],
  'api.cutout.busy': [503, 10],
  'api.cutout.slow': [504],
  'api.busy': [503, 1],
  'api.deadline': [503, 1],
  'api.not-ready': [503, 5],
  'api.engine': [503, 5],
  'api.jobs.moved': [503, 60],
  'api.jobs.full': [507],
  'io.picture.empty': [422],
  'io.picture.corrupt': [422],
  'io.picture.format': [415],
  'io.picture.fits': [415],
  'io.picture.too-large': [413],
  'survey.cutout': [422],
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  499: 'Client Closed Request',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  507: 'Insufficient Storage',
}

/** The one place where errors become words and statuses. The text of what has no status of its own stays here. */
export function problemOf(error: unknown, requestId?: string): Problem {
  const known = error instanceof PureGalaxyError && Object.hasOwn(STATUSES, error.code)
  const [status] = known ? STATUSES[error.code]! : [500]
  return {
    type: 'about:blank',
    title: TITLES[status]!,
    status,
    detail: known ? error.message : INTERNAL,
    code: known ? error.code : 'internal',
    ...(requestId === undefined ? {} : { requestId }),
  }
}

const INTERNAL = 'Something failed inside the server; its log says what, under the number of this request.'

/** The answer for an error. */
export function problemResponse(error: unknown, requestId?: string): Response {
  const problem = problemOf(error, requestId)
  const headers = new Headers({ 'content-type': 'application/problem+json' })
  const retryAfter = error instanceof RetryLater ? error.seconds : STATUSES[problem.code]?.[1]
  if (retryAfter !== undefined) headers.set('retry-after', String(retryAfter))
  if (error instanceof OtherMethod) headers.set('allow', error.methods.join(', '))
  if (problem.status === 401) headers.set('www-authenticate', 'Bearer realm="puregalaxy"')
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}
