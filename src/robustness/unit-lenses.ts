import type { NoiseProtocol } from '../noise/index.ts'
import { openLens, type UnitFigures } from '../train/index.ts'
import { readPictures } from '../train/predict-dataset.ts'
import { type Dose, prepareForModel } from './noisy-pictures.ts'
import type { ProductUnitLens } from './report-types.ts'
import type { Judged, RobustnessOptions } from './test-robustness.ts'

/** Pictures looked at, at most: extremes and shares over them hardly move with more. */
const MOST_PICTURES = 500
/** Pictures prepared at once. */
const STEP = 128
/** Of `src/model/product-unit.ts`, which would bring TensorFlow.js. */
const FLOOR_OFFSET = 1e-7

/**
 * How the product units of each entry's first model, or the floors in their place, fare on the pictures as they are and at every level, with the first
 * noise seed. Pictures are evenly spaced in the data.
 */
export async function unitLenses(
  judged: Judged,
  {
    protocols,
    lensPictures = MOST_PICTURES,
    onStep,
  }: Pick<RobustnessOptions, 'protocols' | 'lensPictures'> & { readonly onStep?: () => void },
): Promise<ProductUnitLens[]> {
  const { rows } = judged.pictures
  const every = Math.max(1, Math.ceil(rows.length / lensPictures))
  const sample = rows.filter((_, at) => at % every === 0)
  const lenses: ProductUnitLens[] = []
  for (const [entry, { models }] of judged.entries.entries()) {
    const { trained } = models[0]!
    const lens = await openLens(trained, judged.measure.engine, judged.measure.batchSize)
    try {
      const clean = await figuresOf(lens.measure, judged, sample, null)
      if (clean.length === 0) continue
      for (const protocol of protocols) {
        const noisy = await levelsOf(lens.measure, judged, sample, protocol)
        lenses.push({
          entry,
          model: trained.name,
          protocol: protocol.name,
          units: clean.map(({ name, theta }, unit) => ({
            name,
            theta,
            floor: Math.log1p(Math.exp(theta)) + FLOOR_OFFSET,
            views: [clean, ...noisy].map((units, at) => {
              const { floorHitFraction, exponentMin, exponentMax } = units[unit]!
              const level = at === 0 ? null : protocol.levels[at - 1]!
              return { level, floorHitFraction, exponentMin, exponentMax }
            }),
          })),
        })
      }
    } finally {
      lens.dispose()
      onStep?.()
    }
  }
  return lenses
}

type Measure = (pictures: Uint8Array) => Promise<UnitFigures[]>

async function levelsOf(
  measure: Measure,
  judged: Judged,
  sample: readonly number[],
  protocol: NoiseProtocol,
): Promise<UnitFigures[][]> {
  const all: UnitFigures[][] = []
  for (const level of protocol.levels)
    all.push(await figuresOf(measure, judged, sample, { protocol, level, seed: judged.seeds[0]! }))
  return all
}

/** Over all pictures of the sample, read and prepared in parts. */
async function figuresOf(
  measure: Measure,
  { measure: { dataset, geometry, signal } }: Judged,
  sample: readonly number[],
  dose: Dose | null,
): Promise<UnitFigures[]> {
  const parts: { figures: UnitFigures[]; count: number }[] = []
  for (let first = 0; first < sample.length; first += STEP) {
    signal?.throwIfAborted()
    const indices = sample.slice(first, first + STEP)
    const { pictures } = await prepareForModel(geometry, dose, await readPictures(dataset, indices), indices)
    parts.push({ figures: await measure(pictures), count: indices.length })
  }
  return parts[0]!.figures.map((first, at): UnitFigures => {
    const each = parts.map(({ figures, count }) => ({ ...figures[at]!, count }))
    const hits = each.reduce((sum, { floorHitFraction, count }) => sum + floorHitFraction * count, 0)
    return {
      ...first,
      floorHitFraction: hits / sample.length,
      exponentMin: extreme(
        each.map(({ exponentMin }) => exponentMin),
        Math.min,
      ),
      exponentMax: extreme(
        each.map(({ exponentMax }) => exponentMax),
        Math.max,
      ),
    }
  })
}

/** Null for floors without a product (`secondLayer: 'floor'`), which have no exponents. */
function extreme(values: readonly (number | null)[], of: (...values: number[]) => number): number | null {
  const there = values.filter((value) => value !== null)
  return there.length === 0 ? null : of(...there)
}
