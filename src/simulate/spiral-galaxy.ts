import type { RandomStream } from '../random/index.ts'
import { angle, around, between } from './draws.ts'
import { type Ellipse, inEllipse, paintSersic } from './ellipse.ts'
import { type Light, populationLight, share } from './light.ts'
import type { LightCanvas } from './light-canvas.ts'
import { EXPONENTIAL_HALF_LIGHT } from './sersic.ts'

/** A disc seen from above or at a slant, with spiral arms, a bulge, and where asked a bar. */
export interface SpiralShape {
  readonly ellipse: Ellipse
  /** Half-light radius of the disc, arcsec. */
  readonly halfLight: number
  /** Total magnitude in r. */
  readonly magnitude: number
  /** g − r of the bulge, of the disc and of the arms. */
  readonly bulgeColour: number
  readonly discColour: number
  readonly armColour: number
  /** Shares of the light. The disc has what they leave. */
  readonly bulgeShare: number
  readonly armShare: number
  readonly barShare: number
  /** Share in knots of young stars on the arms, and how many there are. */
  readonly knotShare: number
  readonly knots: number
  readonly arms: number
  /** Angle between an arm and the circle, radians: logarithmic spirals, φ = ln R / tan(pitch). */
  readonly pitch: number
  /** How narrow arms are: exp(κ (cos phase − 1)). */
  readonly sharpness: number
  /** Where arms begin, in scale lengths of the disc. */
  readonly innerRadius: number
  /** Half length of the bar in scale lengths, and its width over its length. */
  readonly barLength: number
  readonly barWidth: number
  /** Share of the arms' light in a ring around the bar, 0 to 1. */
  readonly ringShare: number
  /** How far arms stray from the logarithmic spiral, radians of phase. */
  readonly irregularity: number
}

/** Radius of a disc's edge in scale lengths. */
const DISC_EDGE = 4.5

export function paintSpiral(canvas: LightCanvas, random: RandomStream, shape: SpiralShape): void {
  const { ellipse, magnitude, arms } = shape
  const scaleLength = shape.halfLight / EXPONENTIAL_HALF_LIGHT
  const edge = DISC_EDGE * scaleLength
  const knotShare = shape.knots > 0 ? shape.knotShare : 0
  const discShare = Math.max(0, 1 - shape.bulgeShare - shape.armShare - shape.barShare - knotShare)

  paintDisc(canvas, ellipse, scaleLength, share(populationLight(magnitude, shape.discColour), discShare))
  if (shape.bulgeShare > 0) {
    const bulge = { ...ellipse, axisRatio: Math.sqrt(ellipse.axisRatio) }
    const light = share(populationLight(magnitude, shape.bulgeColour), shape.bulgeShare)
    paintSersic(canvas, bulge, scaleLength * between(random, 0.25, 0.45), between(random, 1, 2.5), light)
  }

  const handedness = random.integer(2) === 0 ? 1 : -1
  const barAngle = angle(random)
  const winding = handedness / Math.tan(shape.pitch)
  const inner = shape.innerRadius * scaleLength
  const phaseOf = armPhase(random, arms, winding, inner, barAngle, shape.irregularity)

  const envelope = (radius: number) =>
    radius > edge ? 0 : Math.exp(-radius / (1.15 * scaleLength)) / (1 + Math.exp(-8 * (radius / inner - 1)))
  const armLight = share(populationLight(magnitude, shape.armColour), shape.armShare * (1 - shape.ringShare))
  const pattern = inEllipse(ellipse, (u, v) => {
    const radius = Math.sqrt(u * u + v * v)
    if (radius > edge || radius < 0.2 * inner) return 0
    return envelope(radius) * Math.exp(shape.sharpness * (Math.cos(phaseOf(u, v, radius)) - 1))
  })
  canvas.paint(ellipse.x, ellipse.y, edge, pattern, armLight)

  if (shape.ringShare > 0) {
    const ringWidth = 0.16 * inner
    const ring = inEllipse(ellipse, (u, v) => {
      const offset = (Math.sqrt(u * u + v * v) - inner) / ringWidth
      return Math.exp(-0.5 * offset * offset)
    })
    const light = share(populationLight(magnitude, shape.armColour), shape.armShare * shape.ringShare)
    canvas.paint(ellipse.x, ellipse.y, 1.6 * inner, ring, light)
  }
  if (shape.barShare > 0) paintBar(canvas, shape, scaleLength, barAngle)
  paintKnots(
    canvas,
    random,
    shape,
    scaleLength,
    barAngle,
    winding,
    share(populationLight(magnitude, 0.15), knotShare),
  )
}

/** Paints an exponential disc, cut off smoothly at its edge. */
export function paintDisc(canvas: LightCanvas, ellipse: Ellipse, scaleLength: number, light: Light): void {
  const edge = DISC_EDGE * scaleLength
  const brightness = inEllipse(ellipse, (u, v) => Math.exp(-Math.sqrt(u * u + v * v) / scaleLength))
  canvas.paint(ellipse.x, ellipse.y, edge, brightness, light)
}

/** Phase of the spiral pattern: a multiple of 2π on the ridge of each arm. */
function armPhase(
  random: RandomStream,
  arms: number,
  winding: number,
  inner: number,
  barAngle: number,
  irregularity: number,
): (u: number, v: number, radius: number) => number {
  const bendings = [2, 3, 5].map((order) => ({
    order,
    phase: angle(random),
    size: (irregularity * around(random, 0, 1)) / Math.sqrt(order),
  }))
  return (u, v, radius) => {
    const turn = Math.log(radius / inner + 1e-3)
    let phase = arms * (Math.atan2(v, u) - barAngle - winding * turn)
    for (const { order, phase: start, size } of bendings) phase += size * Math.sin(order * turn + start)
    return phase
  }
}

/** A bar: flat along most of its length, as Ferrers' bars are, with the bulge's population. */
function paintBar(canvas: LightCanvas, shape: SpiralShape, scaleLength: number, barAngle: number): void {
  const length = shape.barLength * scaleLength
  const cos = Math.cos(barAngle)
  const sin = Math.sin(barAngle)
  const brightness = inEllipse(shape.ellipse, (u, v) => {
    const along = (u * cos + v * sin) / length
    const across = (v * cos - u * sin) / (length * shape.barWidth)
    // Boxy isophotes of exponent 3.
    const radius = Math.cbrt(Math.abs(along) ** 3 + Math.abs(across) ** 3)
    return 1 / (1 + Math.exp(9 * (radius - 0.9)))
  })
  const light = share(populationLight(shape.magnitude, shape.bulgeColour), shape.barShare)
  canvas.paint(shape.ellipse.x, shape.ellipse.y, 1.6 * length, brightness, light)
}

/** Knots of young stars strewn along the ridges of the arms. */
function paintKnots(
  canvas: LightCanvas,
  random: RandomStream,
  shape: SpiralShape,
  scaleLength: number,
  barAngle: number,
  winding: number,
  light: Light,
): void {
  const { ellipse, arms, knots } = shape
  if (knots === 0) return
  const inner = shape.innerRadius * scaleLength
  const cos = Math.cos(ellipse.angle)
  const sin = Math.sin(ellipse.angle)
  const weights = Float64Array.from({ length: knots }, () => Math.exp(around(random, 0, 0.8)))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  for (const weight of weights) {
    const radius = inner * Math.exp(between(random, 0, 1) * Math.log((3.2 * scaleLength) / inner))
    const arm = (2 * Math.PI * random.integer(arms)) / arms
    const azimuth = barAngle + arm + winding * Math.log(radius / inner) + around(random, 0, 0.25)
    const u = radius * Math.cos(azimuth)
    const v = radius * Math.sin(azimuth) * ellipse.axisRatio
    canvas.point(ellipse.x + u * cos - v * sin, ellipse.y + u * sin + v * cos, share(light, weight / total))
  }
}
