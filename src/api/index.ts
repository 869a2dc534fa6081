/**
 * The HTTP API: requests in, answers out, over models that the caller has opened. It decides what is let in and what is
 * refused, gathers pictures into batches, and words its errors as RFC 9457 problems. It decodes no picture and opens no
 * file, socket or log itself: these are passed in. `node/` has those of Node, and nothing else here needs Node.
 */
export type { AppExtension, AppServices, ServerNames } from './app-extension.ts'
export { type App, type AppOptions, createApp } from './create-app.ts'
export type { CutoutSource } from './cutout-source.ts'
export type { DocsFiles } from './docs-page.ts'
export { type Client, type Keys, parseKeys } from './keys.ts'
export { type ApiLimits, DEFAULT_LIMITS } from './limits.ts'
export type { Gauges, JobFigures, Observer, PictureOutcome, RequestRecord } from './observer.ts'
export type { Problem } from './problem.ts'
export type { PictureDecoder, ServedModel } from './served-model.ts'
export type { WebPage } from './web-page.ts'
