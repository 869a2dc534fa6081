import type { ProtocolName } from '../../noise/index.ts'
import type { ProtocolReport, ReportEntry, RobustnessReport } from '../report-types.ts'

/** Longer names are cut in the middle in tables and figures; the whole name stands where models are listed. */
const LONGEST_LABEL = 40

/** Of the pictures as they are. */
export const CLEAN = 'no noise'

/** Names of files and classes on one line: without control characters, nor marks that turn the direction of what follows. */
export function plainText(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
}

/** Plain text of at most so many characters; a longer one loses its middle, for both ends of a path tell it apart. */
export function shortened(text: string, longest = LONGEST_LABEL): string {
  const characters = [...plainText(text)]
  if (characters.length <= longest) return characters.join('')
  const head = Math.floor((longest - 1) / 2)
  return `${characters.slice(0, head).join('')}…${characters.slice(head + 1 - longest).join('')}`
}

/** A short name of each entry; no two are equal. Names that would be cut to the same stand whole. */
export function entryLabels(entries: readonly ReportEntry[], longest = LONGEST_LABEL): string[] {
  const labels: string[] = []
  for (const { name } of entries) {
    const short = shortened(name, longest)
    const alike = entries.some((other) => other.name !== name && shortened(other.name, longest) === short)
    const label = (alike ? plainText(name) : short) || 'unnamed'
    let unique = label
    for (let copy = 2; labels.includes(unique); copy++) unique = `${label} (${copy})`
    labels.push(unique)
  }
  return labels
}

/** A level without its unit: exposures as fractions, `1/8`. */
export function levelText(protocol: ProtocolName, level: number | null): string {
  if (level === null) return CLEAN
  const inverse = Math.round(1 / level)
  if (protocol === 'exposure' && level < 1 && Math.abs(inverse * level - 1) < 1e-6) return `1/${inverse}`
  return String(Number(level.toPrecision(6)))
}

/** The pictures as they are, then each level: headings and the axis of figures. */
export function levelTexts({ protocol, levels }: ProtocolReport): string[] {
  return [null, ...levels].map((level) => levelText(protocol, level))
}

/** A level inside a sentence: `60 photons at full scale`, `exposure fraction 1/8`. */
export function levelPhrase({ protocol, unit }: ProtocolReport, level: number | null): string {
  const text = levelText(protocol, level)
  if (level === null) return text
  return protocol === 'counts' ? `${text} ${plainText(unit)}` : `${plainText(unit)} ${text}`
}

export const PROTOCOL_TITLES: Readonly<Record<ProtocolName, string>> = {
  counts: 'Shot noise (counts)',
  additive: 'Added Poisson noise (additive)',
  exposure: 'Shorter exposure (exposure)',
}

/** A title inside a sentence: `added Poisson noise (additive)`. */
export function titleInSentence(protocol: ProtocolName): string {
  const title = PROTOCOL_TITLES[protocol]
  return `${title[0]!.toLowerCase()}${title.slice(1)}`
}

/** What each protocol does, in a sentence. */
export const PROTOCOL_MEANINGS: Readonly<Record<ProtocolName, string>> = {
  counts:
    'Each value of a picture is replaced by a Poisson count of as many photons as the level gives to a full-scale value, scaled back: the shot noise of ImageNet-C and CIFAR-10-C.',
  additive:
    'Poisson noise of one rate for the whole picture, set by its mean and the level, is added to every 8-bit value and clipped to the range of a picture.',
  exposure:
    'What a shorter exposure would have seen: the survey’s stretch is undone, noise of sky and source is added to the light, and the picture is stretched again. The level is the fraction of the exposure time that is left.',
}

/** What intervals are resampled over. */
export function resampledOver({ entries }: RobustnessReport): string {
  return entries.some(({ models }) => models.length > 1)
    ? 'pictures, noise seeds and models'
    : 'pictures and noise seeds'
}
