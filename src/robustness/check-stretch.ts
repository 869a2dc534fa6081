import { PureGalaxyError } from '../errors.ts'
import type { ImageDataset } from '../io/types.ts'
import { looksLikeLegacySurveys, type NoiseProtocol } from '../noise/index.ts'
import { judgedPictures } from './judged-pictures.ts'

/** Pictures looked at. */
const SAMPLE = 200

export interface StretchOptions {
  readonly protocols: readonly NoiseProtocol[]
  /** Which pictures; default all. */
  readonly indices?: ArrayLike<number> | undefined
  /** Whether a person asked for exposure noise on whatever pictures these are. */
  readonly illustration?: boolean | undefined
}

/**
 * Sees to it that exposure noise is drawn on pictures whose stretch can be undone, those of the Legacy Surveys.
 *
 * @param dataset at the size that pictures are stored in
 * @returns whether the noise is an illustration: asked for on pictures that have another look
 * @throws PureGalaxyError `robustness.stretch` where they have, and nobody asked
 */
export async function checkStretch(dataset: ImageDataset, options: StretchOptions): Promise<boolean> {
  if (!options.protocols.some(({ name }) => name === 'exposure')) return false
  const { rows } = judgedPictures(dataset, options.indices)
  const every = Math.max(1, Math.floor(rows.length / SAMPLE))
  const sample = rows.filter((_, at) => at % every === 0).slice(0, SAMPLE)
  const pictures = new Uint8Array(sample.length * dataset.height * dataset.width * 3)
  await dataset.read(sample, pictures)
  const look = looksLikeLegacySurveys(pictures, dataset.height, dataset.width)
  if (look.accepted) return false
  if (options.illustration) return true
  const percent = (share: number) => `${Math.round(100 * share)} %`
  throw new PureGalaxyError(
    'robustness.stretch',
    `${dataset.path}: protocol exposure undoes the stretch of the Legacy Surveys viewer, whose empty sky is a grey of ` +
      `${look.expectedSky.toFixed(1)}. Of ${look.pictures} pictures looked at, ${percent(look.share)} have such a sky (${percent(look.requiredShare)} must); ` +
      `the median is (${look.sky.map(Math.round).join(', ')}). Use --protocol counts, or --illustration for noise that measures nothing.`,
  )
}
