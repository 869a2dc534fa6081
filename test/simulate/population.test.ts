import { beforeAll, describe, expect, it } from 'vitest'
import { type Figures, measureGenuine, measureSimulated, summarise } from '../../bench/simulator/figures.ts'
import { realData } from '../data.ts'

const genuineTable = realData('decals', 'train.csv')
const SIMULATED = 120
const EVERY = 3

/** How far a quantile of the simulated pictures may lie from that of the genuine ones, sampling included. */
const BOUNDS: readonly [figure: string, quantile: number, bound: number][] = [
  // Levels of 0 to 255.
  ['sky red', 50, 0.8],
  ['sky green', 50, 0.8],
  ['sky blue', 50, 0.8],
  ['noise red', 50, 1.5],
  ['noise green', 50, 1.5],
  ['noise blue', 50, 1.5],
  ['noise red, 64 px', 50, 1.3],
  ['noise green, 64 px', 50, 1],
  ['noise blue, 64 px', 50, 1],
  ['neighbour correlation', 50, 0.1],
  ['channel correlation', 50, 0.08],
  ['bright border', 50, 5],
  // Pixels of 0.262″.
  ['half-light radius', 25, 3],
  ['half-light radius', 50, 3.5],
  ['half-light radius', 75, 4.5],
  // Magnitudes.
  ['magnitude r', 25, 0.45],
  ['magnitude r', 50, 0.45],
  ['magnitude r', 75, 0.45],
  ['g - r', 25, 0.12],
  ['g - r', 50, 0.12],
  ['g - r', 75, 0.12],
  ['r - z', 25, 0.1],
  ['r - z', 50, 0.1],
  ['r - z', 75, 0.1],
]

const COLUMN: Readonly<Record<number, number>> = { 25: 1, 50: 2, 75: 3 }

describe.skipIf(!genuineTable)(
  'simulated beside genuine Galaxy10 DECaLS pictures (skipped without decals data)',
  () => {
    let genuine: Figures
    let simulated: Figures

    beforeAll(async () => {
      genuine = summarise(await measureGenuine(realData() ?? '', EVERY))
      simulated = summarise(measureSimulated(SIMULATED, 77))
      // Ten seconds of processor time, but minutes of the clock's on a busy machine.
    }, 300_000)

    it.each(BOUNDS)('%s, quantile %i of 100: within %s', (figure, percent, bound) => {
      const column = COLUMN[percent]!
      const difference = simulated.all[figure]![column]! - genuine.all[figure]![column]!
      expect(Math.abs(difference)).toBeLessThan(bound)
    })

    it.each([
      ['half-light radius within a factor of 1.6', 0, 1.6],
      ['brightness within a factor of 1.9', 1, 2.5 * Math.log10(1.9)],
      ['g - r within 0.17', 2, 0.17],
      ['r - z within 0.14', 3, 0.14],
    ] as const)('medians of every class: %s', (name, column, bound) => {
      for (const slug of Object.keys(genuine.classes)) {
        const left = genuine.classes[slug]![column]!
        const right = simulated.classes[slug]![column]!
        const difference = column === 0 ? Math.exp(Math.abs(Math.log(right / left))) : Math.abs(right - left)
        expect(difference, `${slug}: ${name}; genuine ${left}, simulated ${right}`).toBeLessThan(bound)
      }
    })
  },
)
