import '@tensorflow/tfjs-backend-cpu'
import { setBackend, tensor1d } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { HostTensor } from '../../src/engine/types.ts'
import { averageStatistics, updateStatistics } from '../../src/model/index.ts'

beforeAll(async () => {
  await setBackend('cpu')
})

const host = (...values: number[]): HostTensor => ({
  shape: [values.length],
  dtype: 'float32',
  data: Float32Array.from(values),
})

describe('updateStatistics', () => {
  it('moves a tenth of the way to the batch, with the unbiased variance (PyTorch: 0.9·old + 0.1·new)', () => {
    const [mean, variance] = updateStatistics(
      [tensor1d([1, 2]), tensor1d([1, 1])],
      [tensor1d([3, -2]), tensor1d([4, 8])],
      [5, 5],
    )
    expect([...mean!.dataSync()]).toEqual([expect.closeTo(1.2, 6), expect.closeTo(1.6, 6)])
    // 4·5/4 = 5 and 8·5/4 = 10
    expect([...variance!.dataSync()]).toEqual([expect.closeTo(1.4, 6), expect.closeTo(1.9, 6)])
  })

  it('does not divide by zero for one value a channel', () => {
    const [, variance] = updateStatistics(
      [tensor1d([0]), tensor1d([1])],
      [tensor1d([3]), tensor1d([0])],
      [1, 1],
    )
    expect(variance!.dataSync()[0]).toBeCloseTo(0.9, 6)
  })

  it('refuses lists of different lengths', () => {
    expect(() => updateStatistics([tensor1d([0])], [], [1])).toThrow(/0 batch statistics; expected 1/)
  })
})

describe('averageStatistics', () => {
  it('averages means, and unbiased variances, over batches', () => {
    const [mean, variance] = averageStatistics(
      [
        [host(1, 10), host(4, 0)],
        [host(2, 20), host(8, 4)],
      ],
      [5, 5],
    )
    expect(mean).toEqual(host(1.5, 15))
    expect(variance).toEqual(host(7.5, 2.5))
  })

  it('adds in float64: many small values after a large one are not lost', () => {
    const batches = [[host(2 ** 24), host(1)], ...Array.from({ length: 99 }, () => [host(1), host(1)])]
    expect(averageStatistics(batches, [2, 2])[0]!.data[0]).toBeCloseTo((2 ** 24 + 99) / 100, 1)
  })

  it('refuses no batches and batches of different shapes', () => {
    expect(() => averageStatistics([], [])).toThrow(/no batch/)
    expect(() => averageStatistics([[host(1)], [host(1, 2)]], [1])).toThrow(
      /2 values of statistic 0; expected 1/,
    )
  })
})
