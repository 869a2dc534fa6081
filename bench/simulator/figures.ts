import { GalaxySimulator } from '../../src/simulate/index.ts'
import { GALAXY10_DECALS } from '../../src/survey/index.ts'
import { readGenuine } from './genuine.ts'
import { measurePicture, type PictureFigures } from './picture-figures.ts'

/** Figures of one picture and its class. */
export interface Measured extends PictureFigures {
  readonly label: number
}

/** Quantiles (10, 25, 50, 75, 90 %) over all pictures, and medians of size, brightness and colours per class. */
export interface Figures {
  readonly pictures: number
  readonly all: Readonly<Record<string, readonly number[]>>
  readonly classes: Readonly<Record<string, readonly number[]>>
}

const QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9]
const CHANNELS = ['red', 'green', 'blue']

const READINGS: Readonly<Record<string, (picture: PictureFigures) => number>> = {
  ...Object.fromEntries(CHANNELS.map((name, i) => [`sky ${name}`, (p: PictureFigures) => p.sky[i]!])),
  ...Object.fromEntries(CHANNELS.map((name, i) => [`noise ${name}`, (p: PictureFigures) => p.noise[i]!])),
  ...Object.fromEntries(
    CHANNELS.map((name, i) => [`noise ${name}, 64 px`, (p: PictureFigures) => p.noise64[i]!]),
  ),
  'neighbour correlation': (p) => p.neighbourCorrelation,
  'channel correlation': (p) => p.channelCorrelation,
  'bright border': (p) => p.brightBorder,
  'half-light radius': (p) => p.halfLight,
  'magnitude r': (p) => p.magnitude,
  'g - r': (p) => p.gr,
  'r - z': (p) => p.rz,
}

/** Names of the figures in `Figures.all`, in the order of the table. */
export const FIGURE_NAMES: readonly string[] = Object.keys(READINGS)

/** Measures the genuine Galaxy10 DECaLS pictures of the data folder, every n-th of each class. */
export async function measureGenuine(dataFolder: string, every = 1): Promise<Measured[]> {
  const measured: Measured[] = []
  for await (const { picture, label } of readGenuine(dataFolder, every)) {
    measured.push({ ...measurePicture(picture), label })
  }
  return measured
}

/** Measures simulated pictures of 256 pixels, classes equally frequent. */
export function measureSimulated(count: number, seed: number): Measured[] {
  const simulator = new GalaxySimulator({ seed })
  return Array.from({ length: count }, (_, index) => {
    const { picture, label } = simulator.draw(index)
    return { ...measurePicture(picture), label }
  })
}

export function summarise(pictures: readonly Measured[]): Figures {
  const all = Object.entries(READINGS).map(([name, read]) => {
    const values = pictures.map(read)
    return [name, QUANTILES.map((q) => quantile(values, q))]
  })
  const classes = GALAXY10_DECALS.slugs.map((slug, label) => {
    const members = pictures.filter((picture) => picture.label === label)
    const median = (read: (p: Measured) => number) => quantile(members.map(read), 0.5)
    return [
      slug,
      [median((p) => p.halfLight), median((p) => p.magnitude), median((p) => p.gr), median((p) => p.rz)],
    ]
  })
  return { pictures: pictures.length, all: Object.fromEntries(all), classes: Object.fromEntries(classes) }
}

/** Quantile by linear interpolation between order statistics. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const position = q * (sorted.length - 1)
  const low = Math.floor(position)
  const high = Math.ceil(position)
  return sorted[low]! + (position - low) * (sorted[high]! - sorted[low]!)
}
