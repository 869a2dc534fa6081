import { defineConfig } from 'vitest/config'
import quick from './vitest.config.ts'

/** Tests that take minutes: `npm run test:long`. One file at a time, since each uses all cores. */
export default defineConfig({
  ...quick,
  test: {
    ...quick.test,
    include: ['test/long/**/*.test.ts'],
    exclude: [],
    testTimeout: 900_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
  },
})
