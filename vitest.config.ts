import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/long/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // TensorFlow.js's gradients are hundreds of modules without file extensions, which only a bundler resolves (see
    // src/engine/gradients.ts). One module is made of them, once, since most test files load them.
    deps: {
      optimizer: {
        ssr: { enabled: true, include: ['@tensorflow/tfjs-core/dist/register_all_gradients.js'] },
      },
    },
    pool: 'forks',
    maxWorkers: 2,
  },
})
