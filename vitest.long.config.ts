import { defineConfig } from 'vitest/config'
import quick from './vitest.config.ts'

const long = { ...quick.test, exclude: [], testTimeout: 900_000, hookTimeout: 300_000 }

/** Tests that take minutes: `npm run test:long`. What depends on how quick the machine is runs one file at a time, after the others. */
export default defineConfig({
  test: {
    projects: [
      { test: { ...long, name: 'long', include: ['test/long/*.test.ts'] } },
      {
        test: {
          ...long,
          name: 'alone',
          include: ['test/long/alone/*.test.ts'],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
