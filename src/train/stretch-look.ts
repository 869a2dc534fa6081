import type { ImageDataset } from '../io/types.ts'
import { type LegacyLook, looksLikeLegacySurveys } from '../noise/index.ts'
import { readPictures } from './predict-dataset.ts'

/** Pictures looked at. */
const SAMPLE = 200

/** Whether pictures of a data set look like the Legacy Surveys', judged by some that are evenly spaced among the rows. */
export async function stretchLook(dataset: ImageDataset, rows: ArrayLike<number>): Promise<LegacyLook> {
  const every = Math.max(1, Math.floor(rows.length / SAMPLE))
  const sample = Array.from(rows)
    .filter((_, at) => at % every === 0)
    .slice(0, SAMPLE)
  return looksLikeLegacySurveys(await readPictures(dataset, sample), dataset.height, dataset.width)
}

/** What was seen, for the message of a refusal. */
export function describeLook({ expectedSky, pictures, share, requiredShare, sky }: LegacyLook): string {
  const percent = (fraction: number) => `${Math.round(100 * fraction)} %`
  return (
    `exposure noise undoes the stretch of the Legacy Surveys viewer, whose empty sky is a grey of ${expectedSky.toFixed(1)}. ` +
    `Of ${pictures} pictures looked at, ${percent(share)} have such a sky (${percent(requiredShare)} must); ` +
    `the median is (${sky.map(Math.round).join(', ')}).`
  )
}
