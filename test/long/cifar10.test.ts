import { describe, expect, it } from 'vitest'
import { CIFAR10, openCifar10 } from '../../src/io/cifar/index.ts'
import { realData } from '../data.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'

describe('the real CIFAR-10', () => {
  const real = realData('cifar10', 'cifar10-jpeg-q75.tar.xz')
  const cacheDirectory = temporaryFolder()

  it.skipIf(!real).each([
    ['train', 5_000],
    ['test', 1_000],
  ] as const)(
    '%s decodes to %i pictures a class (skipped where data/cifar10 is absent)',
    async (subset, each) => {
      const dataset = await openCifar10(real!, { subset, cacheDirectory })
      const counts = CIFAR10.names.map((_, k) => dataset.labels.filter((label) => label === k).length)
      expect(counts).toEqual(Array(10).fill(each))
      await dataset.close()
    },
    600_000,
  )
})
