import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Vitest begins with the largest files. This one is small and takes minutes, for TensorFlow.js `cpu` trains in it: begun
 * among the last, it would leave the other worker nothing to do.
 */
const SLOWEST = /test\/engine\/parity\.test\.ts$/

class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const slowest = ({ moduleId }: TestSpecification) => SLOWEST.test(moduleId)
    return [...sorted.filter(slowest), ...sorted.filter((file) => !slowest(file))]
  }
}

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
    sequence: { sequencer: SlowestFirst },
    pool: 'forks',
    maxWorkers: 2,
  },
})
