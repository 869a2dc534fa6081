import type sharpModule from 'sharp'

type Sharp = typeof sharpModule

let loaded: Promise<Sharp> | undefined

/**
 * sharp, loaded when the first picture needs it (it takes some 100 ms, which commands without pictures should not pay)
 * and set for many small pictures that are decoded once each: no cache of operations, and one thread a picture,
 * because the parallelism is over pictures.
 */
export function loadSharp(): Promise<Sharp> {
  loaded ??= import('sharp').then(({ default: sharp }) => {
    sharp.cache(false)
    sharp.concurrency(1)
    return sharp
  })
  return loaded
}
