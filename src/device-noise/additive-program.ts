import { add, minimum, reshape } from '@tensorflow/tfjs-core'
import { additiveTable, meanOf } from '../noise/additive.ts'
import { tallyPictures } from '../noise/tally.ts'
import type { BatchShape, NoiseProgram } from './noise-program.ts'
import { searchTable, searchTableSpecs, searchValues } from './search-table.ts'
import { batchKey, counting, finerBits, leadingBits, whole } from './value-bits.ts'

/** `additive`, byte for byte: each picture has a distribution, which the host works out from its mean. */
export function additiveProgram({ batchSize, height, width }: BatchShape): NoiseProgram {
  const size = height * width * 3
  return {
    fn([pictures, indices, words, limits, values]) {
      const key = batchKey(indices!, words!)
      const rows = reshape(counting(batchSize), [batchSize, 1])
      const [, lower] = finerBits(key, size)
      const noise = searchValues([limits!, values!], rows, leadingBits(key, size), lower)
      const sum = minimum(add(pictures!, reshape(noise, [batchSize, height, width, 3])), whole(255))
      return [sum]
    },
    inputs: searchTableSpecs(batchSize),
    measure: (picture) => ({
      numbers: [meanOf(picture)],
      tally: tallyPictures({ pictures: picture, indices: [0] }),
    }),
    tables: () => [],
    figures: (pictures, level) => ({
      inputs: searchTable(
        additiveTable(
          pictures.map(({ numbers }) => numbers[0]!),
          level,
        ),
        batchSize,
      ),
      onHost: [],
    }),
  }
}
