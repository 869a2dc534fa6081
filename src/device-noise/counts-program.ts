import { reshape } from '@tensorflow/tfjs-core'
import { shotNoiseTable } from '../noise/counts.ts'
import { tallyPictures } from '../noise/tally.ts'
import type { BatchShape, NoiseProgram } from './noise-program.ts'
import { searchTable, searchTableSpecs, searchValues } from './search-table.ts'
import { batchKey, finerBits, leadingBits } from './value-bits.ts'

/** `counts`, byte for byte: each value is its own number of a distribution. */
export function countsProgram({ batchSize, height, width }: BatchShape): NoiseProgram {
  const size = height * width * 3
  return {
    fn([pictures, indices, words, limits, values]) {
      const key = batchKey(indices!, words!)
      const rows = reshape(pictures!, [batchSize, size])
      const [, lower] = finerBits(key, size)
      const drawn = searchValues([limits!, values!], rows, leadingBits(key, size), lower)
      return [reshape(drawn, [batchSize, height, width, 3])]
    },
    inputs: searchTableSpecs(256),
    measure: (pictures) => ({ numbers: [], tally: tallyPictures({ pictures, indices: [0] }) }),
    tables: (level) => searchTable(shotNoiseTable(level)),
    figures: () => ({ inputs: [], onHost: [] }),
  }
}
