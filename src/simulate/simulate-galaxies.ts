import { PureGalaxyError } from '../errors.ts'
import { RandomStream } from '../random/index.ts'
import { GALAXY10_DECALS, GALAXY10_SIZE, LEGACY_PIXEL_SCALE } from '../survey/index.ts'
import { paintDisturbed } from './disturbed-galaxies.ts'
import { logAround } from './draws.ts'
import { paintEdgeOnWithBulge, paintEdgeOnWithoutBulge } from './edge-on-galaxies.ts'
import { paintField } from './field.ts'
import type { LightCanvas } from './light-canvas.ts'
import { paintMerging } from './merging-galaxies.ts'
import { drawObservation, PicturePainter } from './picture-painter.ts'
import { paintCigarSmooth, paintInBetweenSmooth, paintRoundSmooth } from './smooth-galaxies.ts'
import { paintBarredSpiral, paintLooseSpiral, paintTightSpiral } from './spiral-galaxies.ts'

/** Who paints the galaxy in the middle, by class of Galaxy10 DECaLS. */
const PAINTERS: readonly ((canvas: LightCanvas, random: RandomStream) => void)[] = [
  paintDisturbed,
  paintMerging,
  paintRoundSmooth,
  paintInBetweenSmooth,
  paintCigarSmooth,
  paintBarredSpiral,
  paintTightSpiral,
  paintLooseSpiral,
  paintEdgeOnWithoutBulge,
  paintEdgeOnWithBulge,
]

/** What each random stream of a picture is for; a new purpose gets a new number, so that old pictures stay. */
const PURPOSE = { label: 0, place: 1, galaxy: 2, field: 3, observation: 4, noise: 5 } as const

const LEAST_SIZE = 8
const MOST_SIZE = 1024
const MOST_PIXEL_SCALE = 8.4

/** How often the generator lets other work of the process go on, milliseconds. */
const BREATH = 50

export interface SimulationOptions {
  /** Number of pictures, 0 or more. */
  readonly count: number
  /** Width and height in pixels, 8 to 1024; default 256. */
  readonly size?: number
  /** Names the pictures: the same seed and index give the same picture. Integer, 0 to 2⁵³ − 1. */
  readonly seed: number
  /** Classes of Galaxy10 DECaLS to draw, 0 to 9, equally often; default all ten. */
  readonly classes?: readonly number[]
  /**
   * Arcsec per pixel, 0.262 to 8.4. By default the field is that of Galaxy10, 67″, in pixels of at least the survey's
   * 0.262″: a picture of more than 256 pixels shows a wider field.
   */
  readonly pixelScale?: number
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/** A simulated galaxy, with what a file in Galaxy10's layout says of it. */
export interface SimulatedGalaxy {
  /** size × size × 3, red, green, blue, 8 bits. */
  readonly picture: Uint8Array
  /** Class of Galaxy10 DECaLS, 0 to 9. */
  readonly label: number
  /** Made-up position, degrees (J2000), in the part of the sky that the Legacy Surveys cover in declination. */
  readonly ra: number
  readonly dec: number
  readonly redshift: number
  /** Arcsec per pixel. */
  readonly pixelScale: number
}

/**
 * Draws galaxies of the ten classes of Galaxy10 DECaLS, as the Legacy Surveys would show them.
 *
 * Each picture depends on the seed, its index, the size and scale and the list of classes alone. The classes come in
 * rounds, each once a round in random order, so that any stretch of pictures is nearly balanced.
 *
 * @throws `simulate.options` when an option is out of its range; the signal's reason when it is aborted
 * @example
 * for await (const { picture, label } of simulateGalaxies({ count: 400, size: 64, seed: 1 })) save(picture, label)
 */
export async function* simulateGalaxies(
  options: SimulationOptions,
): AsyncGenerator<SimulatedGalaxy, void, void> {
  const { count, onProgress, signal } = options
  const simulator = new GalaxySimulator(options)
  if (!Number.isInteger(count) || count < 0) refuse('count', count, 'an integer of 0 or more')
  let breath = performance.now()
  for (let index = 0; index < count; index++) {
    signal?.throwIfAborted()
    const galaxy = simulator.draw(index)
    onProgress?.(index + 1, count)
    yield galaxy
    if (performance.now() - breath > BREATH) {
      await new Promise((resolve) => setTimeout(resolve, 0))
      breath = performance.now()
    }
  }
}

/** Draws single pictures of a simulation in any order: what `simulateGalaxies` does one after the other. */
export class GalaxySimulator {
  readonly #seed: number
  readonly #classes: readonly number[]
  readonly #pixelScale: number
  readonly #painter: PicturePainter

  /** @throws `simulate.options` when an option is out of its range */
  constructor({ size = GALAXY10_SIZE, seed, classes, pixelScale }: Omit<SimulationOptions, 'count'>) {
    if (!Number.isInteger(size) || size < LEAST_SIZE || size > MOST_SIZE) {
      refuse('size', size, `an integer from ${LEAST_SIZE} to ${MOST_SIZE} pixels`)
    }
    const scale = pixelScale ?? LEGACY_PIXEL_SCALE * Math.max(1, GALAXY10_SIZE / size)
    if (!(scale >= LEGACY_PIXEL_SCALE && scale <= MOST_PIXEL_SCALE)) {
      refuse('pixelScale', scale, `${LEGACY_PIXEL_SCALE} to ${MOST_PIXEL_SCALE} arcsec per pixel`)
    }
    if (!Number.isSafeInteger(seed) || seed < 0) refuse('seed', seed, 'an integer from 0 to 2^53 - 1')
    const all = PAINTERS.map((_, label) => label)
    const drawn = classes ?? all
    if (
      drawn.length === 0 ||
      new Set(drawn).size < drawn.length ||
      drawn.some((label) => !all.includes(label))
    ) {
      const names = GALAXY10_DECALS.slugs.map((slug, label) => `${label} ${slug}`).join(', ')
      refuse('classes', `[${drawn.join(', ')}]`, `different ones of: ${names}`)
    }
    this.#seed = seed
    this.#classes = drawn
    this.#pixelScale = scale
    this.#painter = new PicturePainter(size, scale)
  }

  /** @param index which picture, 0 or more */
  draw(index: number): SimulatedGalaxy {
    const stream = (purpose: number) => new RandomStream(this.#seed, purpose, index)
    const label = this.#labelOf(index)
    const observation = drawObservation(stream(PURPOSE.observation))
    const picture = this.#painter.draw(
      (canvas) => {
        paintField(canvas, stream(PURPOSE.field))
        PAINTERS[label]!(canvas, stream(PURPOSE.galaxy))
      },
      observation,
      stream(PURPOSE.noise),
    )
    return { picture, label, ...drawPlace(stream(PURPOSE.place)), pixelScale: this.#pixelScale }
  }

  #labelOf(index: number): number {
    const classes = this.#classes
    const round = Math.floor(index / classes.length)
    const order = new RandomStream(this.#seed, PURPOSE.label, round).permutation(classes.length)
    return classes[order[index % classes.length]!]!
  }
}

/** A position spread evenly over the sphere between Dec −20° and 80°, and a redshift as Galaxy10's scatter: 0.02 to 0.25. */
function drawPlace(random: RandomStream): { ra: number; dec: number; redshift: number } {
  const ra = 360 * random.uniform()
  const south = Math.sin((-20 * Math.PI) / 180)
  const north = Math.sin((80 * Math.PI) / 180)
  const dec = (Math.asin(south + (north - south) * random.uniform()) * 180) / Math.PI
  return { ra, dec, redshift: Math.min(0.25, Math.max(0.02, logAround(random, 0.08, 0.5))) }
}

function refuse(option: string, value: unknown, expected: string): never {
  throw new PureGalaxyError(
    'simulate.options',
    `${option} of the simulation is ${value}; expected ${expected}.`,
  )
}
