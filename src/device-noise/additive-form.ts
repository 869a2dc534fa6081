import { add, minimum, reshape } from '@tensorflow/tfjs-core'
import { additiveRate, additiveTable, meanOf } from '../noise/additive.ts'
import type { NoiseForm } from './noise-form.ts'
import type { BatchShape } from './noise-program.ts'
import { searchTable, searchTableSpecs, searchValues } from './search-table.ts'
import { counting, finerBits, leadingBits, whole } from './value-bits.ts'

/** `additive`, byte for byte: each picture has a distribution, which the host works out from its mean. */
export function additiveForm({ batchSize, height, width }: BatchShape): NoiseForm {
  const size = height * width * 3
  return {
    draw(pictures, key, _, tables) {
      const rows = reshape(counting(batchSize), [batchSize, 1])
      const [, lower] = finerBits(key, size)
      const noise = searchValues(tables, rows, leadingBits(key, size), lower)
      return minimum(add(pictures, reshape(noise, pictures.shape)), whole(255))
    },
    tableSpecs: [],
    figureSpecs: searchTableSpecs(batchSize),
    measure: (picture) => ({ numbers: [meanOf(picture)], emptyBorder: false }),
    tables: () => [],
    figures(pictures) {
      const rates = pictures.map(({ numbers, dose }) => (dose ? additiveRate(numbers[0]!, dose.level) : 0))
      return { inputs: searchTable(additiveTable(rates), batchSize), onHost: [] }
    },
  }
}
