import type { Engine } from '../../src/engine/index.ts'
import { PureGalaxyError } from '../../src/errors.ts'

const fail = async () => {
  throw new PureGalaxyError('engine.out-of-memory', 'The device has not enough memory.')
}

/** An engine whose device says how much of it is free, in bytes, and takes nothing. */
export const fullAccelerator = (free: number): Engine => ({
  name: 'xla',
  devices: ['a device'],
  freeDeviceBytes: async () => free,
  compile: fail,
  compileCached: fail,
  upload: fail,
  async dispose() {},
})
