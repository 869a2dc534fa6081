import type { RandomStream } from '../random/index.ts'
import { angle, around, between, chance, countsMagnitude } from './draws.ts'
import { paintSersic } from './ellipse.ts'
import { lightOf } from './light.ts'
import type { LightCanvas } from './light-canvas.ts'

/** Galaxies of the background brighter than r = 25, per square arcmin. */
const GALAXY_DENSITY = 60

/** Stars between r = 15.5 and 24, per square arcmin, away from the plane of the Milky Way; the density varies twofold. */
const STAR_DENSITY = 3.5

/** Paints what else stands in the field: stars, and galaxies in the background. */
export function paintField(canvas: LightCanvas, random: RandomStream): void {
  const width = canvas.size * canvas.scale
  const area = (width / 60) ** 2
  const galaxies = random.poisson(GALAXY_DENSITY * area)
  for (let galaxy = 0; galaxy < galaxies; galaxy++) paintBackgroundGalaxy(canvas, random, width)
  const stars = random.poisson(STAR_DENSITY * between(random, 0.5, 2) * area)
  for (let star = 0; star < stars; star++) paintStar(canvas, random, width)
}

/** Counts grow by 10^0.38 a magnitude; fainter galaxies are smaller, and more than one in four is an early type,
 * redder in r − z the fainter and so the more distant it is. */
function paintBackgroundGalaxy(canvas: LightCanvas, random: RandomStream, width: number): void {
  const magnitude = countsMagnitude(random, 0.38, 18.5, 25)
  const ellipse = {
    x: between(random, -0.5, 0.5) * width,
    y: between(random, -0.5, 0.5) * width,
    angle: angle(random),
    axisRatio: between(random, 0.3, 1),
  }
  const halfLight = Math.min(
    2.5,
    Math.max(0.2, 0.42 * 10 ** (-0.12 * (magnitude - 23)) * Math.exp(around(random, 0, 0.3))),
  )
  const red = chance(random, 0.28)
  const gr = red ? around(random, 1.25, 0.25) : around(random, 0.65, 0.3)
  const rz = red ? around(random, 0.75 + 0.15 * Math.max(0, magnitude - 20.5), 0.3) : around(random, 0.6, 0.3)
  paintSersic(canvas, ellipse, halfLight, 1, lightOf(magnitude, gr, rz))
}

/** Half are dwarfs of type M, red; the others lie along the locus of F to K stars. */
function paintStar(canvas: LightCanvas, random: RandomStream, width: number): void {
  const magnitude = countsMagnitude(random, 0.22, 15.5, 24)
  const dwarf = chance(random, 0.5)
  const gr = dwarf ? around(random, 1.45, 0.1) : between(random, 0.25, 1.1)
  const rz = dwarf ? between(random, 0.6, 1.8) : 0.45 * gr - 0.02
  canvas.point(
    between(random, -0.5, 0.5) * width,
    between(random, -0.5, 0.5) * width,
    lightOf(magnitude, gr, rz),
  )
}
