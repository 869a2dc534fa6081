import type { RandomStream } from '../random/index.ts'
import { angle, around, between, chance } from './draws.ts'
import type { LightCanvas } from './light-canvas.ts'
import { paintSpiral } from './spiral-galaxy.ts'
import { drawTarget } from './target.ts'

const DEGREE = Math.PI / 180

/** Axis ratio of a disc of intrinsic thickness 0.2 seen at a random angle, from face-on to a limit (Hubble 1926). */
export function discAxisRatio(random: RandomStream, leastCosine: number): number {
  const cosine = between(random, leastCosine, 1)
  return Math.sqrt(0.04 + 0.96 * cosine * cosine)
}

/** Barred Spiral: a bar as long as the inner disc, arms or a ring from its ends. */
export function paintBarredSpiral(canvas: LightCanvas, random: RandomStream): void {
  const target = drawTarget(random, 5.2, 22.05, 0.28)
  const colour = around(random, 0.81, 0.1)
  const barLength = between(random, 1.1, 1.6)
  paintSpiral(canvas, random, {
    ellipse: { x: target.x, y: target.y, angle: angle(random), axisRatio: discAxisRatio(random, 0.55) },
    halfLight: target.halfLight,
    magnitude: target.magnitude,
    bulgeColour: colour + 0.17,
    discColour: colour - 0.05,
    armColour: colour - 0.2,
    bulgeShare: between(random, 0.06, 0.16),
    armShare: between(random, 0.25, 0.38),
    barShare: between(random, 0.2, 0.32),
    knotShare: between(random, 0, 0.05),
    knots: random.integer(20),
    arms: 2,
    pitch: between(random, 12, 28) * DEGREE,
    sharpness: between(random, 2, 4),
    innerRadius: barLength,
    barLength,
    barWidth: between(random, 0.2, 0.32),
    ringShare: chance(random, 0.35) ? between(random, 0.2, 0.6) : 0,
    irregularity: 0.2,
  })
}

/** Unbarred Tight Spiral: pitch angles of 7 to 14 degrees, as in galaxies of type Sa to Sb (Kennicutt 1981). */
export function paintTightSpiral(canvas: LightCanvas, random: RandomStream): void {
  const target = drawTarget(random, 4.8, 22.1, 0.28)
  const colour = around(random, 0.75, 0.11)
  paintSpiral(canvas, random, {
    ellipse: { x: target.x, y: target.y, angle: angle(random), axisRatio: discAxisRatio(random, 0.5) },
    halfLight: target.halfLight,
    magnitude: target.magnitude,
    bulgeColour: colour + 0.2,
    discColour: colour,
    armColour: colour - 0.15,
    bulgeShare: between(random, 0.14, 0.32),
    armShare: between(random, 0.3, 0.45),
    barShare: 0,
    knotShare: between(random, 0.02, 0.08),
    knots: 10 + random.integer(30),
    arms: 2 + random.integer(2),
    pitch: between(random, 7, 14) * DEGREE,
    sharpness: between(random, 1.5, 3.5),
    innerRadius: between(random, 0.6, 0.9),
    barLength: 0,
    barWidth: 1,
    ringShare: 0,
    irregularity: 0.35,
  })
}

/** Unbarred Loose Spiral: pitch angles of 22 to 38 degrees, as in types Sc and later; bluer, smaller bulges, more knots. */
export function paintLooseSpiral(canvas: LightCanvas, random: RandomStream): void {
  const target = drawTarget(random, 3.9, 22.2, 0.28)
  const colour = around(random, 0.64, 0.11)
  paintSpiral(canvas, random, {
    ellipse: { x: target.x, y: target.y, angle: angle(random), axisRatio: discAxisRatio(random, 0.55) },
    halfLight: target.halfLight,
    magnitude: target.magnitude,
    bulgeColour: colour + 0.2,
    discColour: colour,
    armColour: colour - 0.12,
    bulgeShare: between(random, 0.04, 0.14),
    armShare: between(random, 0.45, 0.62),
    barShare: 0,
    knotShare: between(random, 0.04, 0.14),
    knots: 10 + random.integer(25),
    arms: chance(random, 0.85) ? 2 : 3,
    pitch: between(random, 22, 38) * DEGREE,
    sharpness: between(random, 2.5, 5),
    innerRadius: between(random, 0.4, 0.7),
    barLength: 0,
    barWidth: 1,
    ringShare: 0,
    irregularity: 0.5,
  })
}
