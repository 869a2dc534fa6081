import type { RandomStream } from '../random/index.ts'
import { angle, around, between } from './draws.ts'
import { paintSersic } from './ellipse.ts'
import { populationLight } from './light.ts'
import type { LightCanvas } from './light-canvas.ts'
import { drawTarget, type Target } from './target.ts'

function paintSmooth(
  canvas: LightCanvas,
  random: RandomStream,
  target: Target,
  axisRatio: number,
  n: number,
  colour: number,
): void {
  const ellipse = { x: target.x, y: target.y, angle: angle(random), axisRatio }
  paintSersic(canvas, ellipse, target.halfLight, n, populationLight(target.magnitude, colour))
}

/** Round Smooth: ellipticals of axis ratio 0.9 to 1, mostly red, with de Vaucouleurs-like cores. */
export function paintRoundSmooth(canvas: LightCanvas, random: RandomStream): void {
  const target = drawTarget(random, 1.9, 20.6)
  paintSmooth(
    canvas,
    random,
    target,
    between(random, 0.9, 1),
    between(random, 2.5, 5),
    around(random, 0.82, 0.13),
  )
}

/** In-between Round Smooth: axis ratio 0.4 to 0.68. */
export function paintInBetweenSmooth(canvas: LightCanvas, random: RandomStream): void {
  const target = drawTarget(random, 1.95, 21.05, 0.3)
  paintSmooth(
    canvas,
    random,
    target,
    between(random, 0.4, 0.68),
    between(random, 1.5, 4),
    around(random, 0.72, 0.14),
  )
}

/** Cigar Shaped Smooth: axis ratio 0.2 to 0.36, without the bulge, dust or knife-edge of a disc. */
export function paintCigarSmooth(canvas: LightCanvas, random: RandomStream): void {
  const target = drawTarget(random, 3.1, 21.95, 0.25)
  paintSmooth(
    canvas,
    random,
    target,
    between(random, 0.2, 0.36),
    between(random, 0.9, 1.8),
    around(random, 0.67, 0.12),
  )
}
