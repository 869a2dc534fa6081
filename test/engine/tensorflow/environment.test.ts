import { afterEach, expect, it, vi } from 'vitest'
import { loadWithThreads, usualThreads } from '../../../src/engine/tensorflow/environment.ts'

afterEach(() => vi.unstubAllEnvs())

/** The two variables while TensorFlow is loaded, and after. */
function seen(threads: number | undefined) {
  const read = () => [process.env.TF_NUM_INTRAOP_THREADS, process.env.OMP_NUM_THREADS]
  let during: (string | undefined)[] = []
  loadWithThreads(threads, () => {
    during = read()
  })
  return { during, after: read() }
}

it('TensorFlow loads with the threads that were asked for, and the environment is what it was', () => {
  vi.stubEnv('TF_NUM_INTRAOP_THREADS', undefined)
  vi.stubEnv('OMP_NUM_THREADS', '5')
  expect(seen(3)).toEqual({ during: ['3', '3'], after: [undefined, '5'] })
})

it('what the user has set stays where no threads were asked for', () => {
  vi.stubEnv('TF_NUM_INTRAOP_THREADS', undefined)
  vi.stubEnv('OMP_NUM_THREADS', '5')
  expect(usualThreads()).toBe(5)
  expect(seen(undefined)).toEqual({ during: ['5', '5'], after: [undefined, '5'] })
  vi.stubEnv('TF_NUM_INTRAOP_THREADS', '2')
  expect(seen(undefined)).toEqual({ during: ['2', '5'], after: ['2', '5'] })
})
