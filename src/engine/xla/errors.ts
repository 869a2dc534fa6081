import { PureGalaxyError } from '../../errors.ts'

/** Runs something on a device; running out of its memory becomes an error that says what to do. */
export async function translateErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof PureGalaxyError && error.code === 'pjrt.resource-exhausted') {
      throw new PureGalaxyError(
        'engine.out-of-memory',
        `The device has not enough memory: take a smaller batch or smaller pictures, or free what else uses it. ` +
          `(${error.message.split('\n', 1)[0]})`,
        { cause: error },
      )
    }
    throw error
  }
}
