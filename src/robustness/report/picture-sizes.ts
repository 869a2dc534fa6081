import type { ProtocolName } from '../../noise/index.ts'
import type { RobustnessReport } from '../report-types.ts'

/** Sides of pictures, as they are stored and as models see them. */
export function pictureSizes({ data, entries }: RobustnessReport) {
  const [height, width] = entries[0]!.models[0]!.inputSize
  const [storedHeight, storedWidth] = data.storedSize
  return {
    stored: `${storedHeight}\u00a0×\u00a0${storedWidth}`,
    seen: `${height}\u00a0×\u00a0${width}`,
    /** How many stored pixels make one that models see, along a side. */
    factor: Math.sqrt((storedHeight * storedWidth) / (height * width)),
  }
}

/** Whether pictures are made smaller or larger after the noise. */
export function resizedAfterNoise(report: RobustnessReport, protocol: ProtocolName): boolean {
  const { stored, seen } = pictureSizes(report)
  return protocol === 'exposure' && stored !== seen
}

/** On which pixels a protocol draws, and what becomes of the noise on the way to the models, in sentences. */
export function sizeSentences(report: RobustnessReport, protocol: ProtocolName): string {
  const { stored, seen, factor } = pictureSizes(report)
  if (!resizedAfterNoise(report, protocol))
    return `The noise is drawn on the pixels that the models see, ${seen}.`
  const drawn = `The noise is drawn on the pixels as stored, ${stored}; then pictures are resized to the ${seen} that the models see.`
  if (factor <= 1) return `${drawn} Quote both sizes with the level.`
  const k = Number(factor.toFixed(1))
  return (
    `${drawn} That averages about ${k}\u00a0×\u00a0${k} pixels. The noise drawn is white, independent in every pixel, and falls to 1/${k} of its standard deviation; ` +
    'noise of a genuine exposure is correlated between neighbours and falls less (over 4\u00a0×\u00a04 pixels to 0.44 of it, not 0.25), so that the models see less noise than a real exposure would show them. Quote both sizes with the level.'
  )
}
