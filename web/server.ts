import { askForKey, authorization } from './key.ts'
import { Problem } from './problem.ts'
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

/**
 * Takes a request to the API and gives its answer, as `fetch` does.
 *
 * @param address relative to where the API's routes begin: `v1/models`
 * @throws Problem where there is no answer
 */
export type Send = (address: string, init: RequestInit) => Promise<Response>

/** The API as the page uses it. */
export class Server {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** @throws Problem */
  async served(): Promise<Served> {
    return (await (await this.#ask('v1/models')).json()) as Served
  }

  /**
   * Classifies a picture.
   *
   * @param picture bytes of a JPEG, PNG or WebP file
   * @returns the classes in the model's order
   * @throws Problem
   */
  async classify(picture: Blob, model: Model, signal: AbortSignal): Promise<ClassProbability[]> {
    const response = await this.#ask(`v1/classify?model=${encodeURIComponent(model.name)}`, {
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
  async fetchCutout(
    position: { readonly ra: number; readonly dec: number; readonly pixelScale: number },
    signal: AbortSignal,
  ): Promise<Blob> {
    const { ra, dec, pixelScale } = position
    return (await this.#ask(`v1/cutouts?ra=${ra}&dec=${dec}&pixelScale=${pixelScale}`, { signal })).blob()
  }

  async #ask(address: string, init: RequestInit = {}): Promise<Response> {
    const response = await this.#send(address, { ...init, headers: { ...init.headers, ...authorization() } })
    if (response.ok) return response
    if (response.status === 401 && (await askForKey())) return this.#ask(address, init)
    throw await problemOf(response)
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
