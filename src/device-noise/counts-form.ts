import { add, greaterEqual, maximum, mul, reshape, where } from '@tensorflow/tfjs-core'
import type { TensorSpec } from '../engine/types.ts'
import { shotNoise } from '../noise/counts.ts'
import type { NoiseProtocol } from '../noise/index.ts'
import { inverseTable } from '../noise/inverse-table.ts'
import type { NoiseForm } from './noise-form.ts'
import type { BatchShape } from './noise-program.ts'
import { searchTable, searchTableSpecs, searchValues } from './search-table.ts'
import { finerBits, leadingBits, whole } from './value-bits.ts'

const VALUES = 256

/** `counts`, byte for byte: each value is its own number of a distribution among those of its picture's level. */
export function countsForm({ batchSize, height, width }: BatchShape, { levels }: NoiseProtocol): NoiseForm {
  const size = height * width * 3
  /** Positions in `levels`, −1 where there is no noise. */
  const chosen: TensorSpec = { shape: [batchSize, 1], dtype: 'int32' }
  return {
    draw(pictures, key, tables, [chosen]) {
      const stored = reshape(pictures, [batchSize, size])
      const first = mul(maximum(chosen!, whole(0)), whole(VALUES))
      const [, lower] = finerBits(key, size)
      const drawn = searchValues(tables, add(stored, first), leadingBits(key, size), lower)
      return reshape(where(greaterEqual(chosen!, whole(0)), drawn, stored), pictures.shape)
    },
    tableSpecs: searchTableSpecs(levels.length * VALUES),
    figureSpecs: [chosen],
    measure: () => ({ numbers: [], emptyBorder: false }),
    tables: () => searchTable(inverseTable(levels.flatMap(shotNoise))),
    figures(pictures) {
      const data = new Int32Array(batchSize).fill(-1)
      for (const [row, { dose }] of pictures.entries()) if (dose) data[row] = levels.indexOf(dose.level)
      return { inputs: [{ ...chosen, data }], onHost: [] }
    },
  }
}
