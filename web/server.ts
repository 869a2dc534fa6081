import { askForKey, authorization } from './key.ts'
import type { ClassProbability } from './words.ts'

/** A model as `/v1/models` describes it. */
export interface Model {
  readonly name: string
  readonly version: string
  readonly engine: string
  readonly inputSize: readonly [height: number, width: number, channels: number]
  readonly classes: readonly { readonly slug: string; readonly name: string }[]
  readonly card?: ModelCard
}

export interface ModelCard {
  readonly architecture: string
  readonly parameters: number
  readonly trainingPictures: number | null
  readonly validation: { readonly count: number; readonly accuracy: number } | null
  readonly calibrated: boolean
  readonly tests: readonly {
    readonly pictures: string
    readonly count: number
    readonly accuracy: number
    readonly interval: readonly [low: number, high: number]
  }[]
  readonly limits: readonly string[]
}

/** What a server serves. */
export interface Served {
  readonly models: readonly Model[]
  /** Whether it fetches pictures of positions. */
  readonly positions: boolean
}

/** Something that went wrong, in words for the person at the page. */
export class Problem extends Error {}

export async function fetchServed(): Promise<Served> {
  return (await (await ask('v1/models')).json()) as Served
}

/**
 * Classifies a picture.
 *
 * @param picture bytes of a JPEG, PNG or WebP file
 * @returns the classes in the model's order
 * @throws Problem
 */
export async function classify(
  picture: Blob,
  model: Model,
  signal: AbortSignal,
): Promise<ClassProbability[]> {
  const response = await ask(`v1/classify?model=${encodeURIComponent(model.name)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: picture,
    signal,
  })
  const { predictions } = (await response.json()) as { predictions: [Record<string, number>] }
  return model.classes.map(({ slug, name }) => ({ name, probability: predictions[0][`p_${slug}`]! }))
}

/**
 * The picture of a position.
 *
 * @param position degrees, and arcsec per pixel
 * @throws Problem
 */
export async function fetchCutout(
  position: { readonly ra: number; readonly dec: number; readonly pixelScale: number },
  signal: AbortSignal,
): Promise<Blob> {
  const { ra, dec, pixelScale } = position
  return (await ask(`v1/cutouts?ra=${ra}&dec=${dec}&pixelScale=${pixelScale}`, { signal })).blob()
}

/** Addresses are relative to the page's, so that both may lie below a path of a proxy. */
async function ask(address: string, init: RequestInit = {}): Promise<Response> {
  const response = await send(address, init)
  if (response.ok) return response
  if (response.status === 401 && (await askForKey())) return ask(address, init)
  throw await problemOf(response)
}

async function send(address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, { ...init, headers: { ...init.headers, ...authorization() } })
  } catch (cause) {
    if (init.signal?.aborted) throw cause
    throw new Problem('The server does not answer. See whether it still runs, then try again.', { cause })
  }
}

/** What a problem document of RFC 9457 says; what stands between page and server may answer with something else. */
async function problemOf(response: Response): Promise<Problem> {
  const retryAfter = Number(response.headers.get('retry-after'))
  const later = retryAfter > 0 ? ` The server asks to wait for ${retryAfter} s.` : ''
  if (response.headers.get('content-type') !== 'application/problem+json')
    return new Problem(
      `The server, or one before it, answered with status ${response.status}. Try again.${later}`,
    )
  const { title, detail } = (await response.json()) as { title: string; detail: string }
  return new Problem(`${title}: ${detail}${later}`)
}
