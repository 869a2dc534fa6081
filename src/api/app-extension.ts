import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Batcher } from './batcher.ts'
import type { Client } from './keys.ts'
import type { ApiLimits } from './limits.ts'
import type { Gauges, Observer } from './observer.ts'
import type { PictureDecoder, ServedModel } from './served-model.ts'

/** What a server tells an app of itself with a request. */
export interface ServerNames {
  /**
   * Of a server that only this machine reaches and that asks for no keys: names by which it may be asked besides `localhost` and
   * addresses of loopback. By others it may not, nor by pages of other sites. Default: by any, by anybody.
   */
  readonly localNames?: readonly string[]
}

/** What an app keeps of a request: its number, who has its key, and what the log is to say of it. */
export type AppEnv = {
  Bindings: ServerNames
  Variables: {
    requestId: string
    client?: Client
    pictures?: number
    code?: string
    /** Failures that the observers were told of. */
    failures?: Set<unknown>
  }
}

/** A model that is served, and what gathers its pictures into batches. */
export interface ServedBatches {
  readonly model: ServedModel
  readonly batcher: Batcher
}

/** What an app lends to its extensions. */
export interface AppServices {
  readonly limits: ApiLimits
  readonly decode: PictureDecoder
  readonly observer: Required<Observer>
  readonly models: readonly ServedModel[]
  /**
   * @param model default: the first
   * @throws PureGalaxyError `api.no-such-model`
   */
  find(model?: string): ServedBatches
}

/** Routes that not every runtime has, and the work behind them. */
export interface AppExtension {
  /** Why it cannot do its work, while it cannot; the server is not ready then. */
  readonly unavailable?: string | undefined
  /** Milliseconds that its longest request may take to arrive. */
  readonly uploadTime: number
  /** Figures that the app cannot know. */
  readonly gauges?: Partial<Gauges>
  /** Milliseconds for which an answer that is not at its end may be silent. */
  readonly silence: number
  /** Adds routes, and what /openapi.json says of them. Called once, before the first request. */
  mount(app: OpenAPIHono<AppEnv>, services: AppServices): void
  /** Called when the models have run once. */
  start(): void
  /** Begins nothing more; resolves when what is in hand is done. */
  drain(): Promise<void>
}
