import type { RandomStream } from '../random/index.ts'
import { angle, around, between, chance } from './draws.ts'
import { paintEdgeOn } from './edge-on-galaxy.ts'
import type { LightCanvas } from './light-canvas.ts'
import { drawTarget } from './target.ts'

/** Edge-on without Bulge: long, thin, mostly blue discs. */
export function paintEdgeOnWithoutBulge(canvas: LightCanvas, random: RandomStream): void {
  const target = drawTarget(random, 9.5, 23.7, 0.28)
  const colour = around(random, 0.65, 0.15)
  paintEdgeOn(canvas, random, {
    x: target.x,
    y: target.y,
    angle: angle(random),
    halfLight: target.halfLight,
    magnitude: target.magnitude,
    bulgeColour: colour,
    discColour: colour,
    bulgeShare: 0,
    bulgeSize: 1,
    bulgeAxisRatio: 1,
    thickness: between(random, 0.12, 0.24),
    dust: chance(random, 0.3) ? between(random, 0.2, 0.7) : 0,
    warp: around(random, 0, 0.12),
    knotShare: between(random, 0, 0.14),
    knots: random.integer(16),
  })
}

/** Edge-on with Bulge: redder, a bulge of a quarter to a half of the light, often a lane of dust. */
export function paintEdgeOnWithBulge(canvas: LightCanvas, random: RandomStream): void {
  const target = drawTarget(random, 6.8, 23.15, 0.28)
  const colour = around(random, 0.96, 0.1)
  paintEdgeOn(canvas, random, {
    x: target.x,
    y: target.y,
    angle: angle(random),
    halfLight: target.halfLight,
    magnitude: target.magnitude,
    bulgeColour: colour + 0.08,
    discColour: colour - 0.04,
    bulgeShare: between(random, 0.25, 0.48),
    bulgeSize: between(random, 0.35, 0.6),
    bulgeAxisRatio: between(random, 0.6, 0.95),
    thickness: between(random, 0.14, 0.24),
    dust: chance(random, 0.5) ? between(random, 0.3, 1.2) : 0,
    warp: around(random, 0, 0.08),
    knotShare: 0,
    knots: 0,
  })
}
