/**
 * The flat cache: decoded pictures of one size in one file, so that training reads any picture with one system call and
 * holds none in memory. This folder decides where a cache lies, when it is stale and what a valid one looks like; it does
 * not know where pictures come from: `openFlatCache` calls a producer for that.
 */
export { FlatCache } from './flat-cache.ts'
export type { JsonValue } from './format.ts'
export { type FlatCacheRequest, openFlatCache } from './open-flat-cache.ts'
export { sourceIdentity } from './source-identity.ts'
export type { PictureProducer, PictureSink } from './write-flat-cache.ts'
