import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/long/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Its ES modules carry no file extensions: only a bundler resolves them (see src/engine/gradients.ts).
    server: { deps: { inline: [/tfjs-core\/dist\/(?!tf-core)/] } },
    pool: 'forks',
    maxWorkers: 2,
  },
})
