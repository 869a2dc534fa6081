/**
 * Random numbers that depend on nothing but a seed and what they are for. Counter-based (Philox4x32-10), so that a
 * resumed run, another batch size or another worker draws the same. This folder makes numbers; what they mean
 * (augmentation, noise, initial weights) is its callers' business. Not for secrets.
 */
export { normalQuantile } from './normal-quantile.ts'
export { philox4x32 } from './philox.ts'
export { poissonVariate } from './poisson.ts'
export { RandomStream } from './random-stream.ts'
