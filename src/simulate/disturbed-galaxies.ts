import type { RandomStream } from '../random/index.ts'
import { angle, around, between, chance } from './draws.ts'
import { type Ellipse, inEllipse, paintSersic } from './ellipse.ts'
import { type Light, populationLight, share } from './light.ts'
import type { LightCanvas } from './light-canvas.ts'
import { EXPONENTIAL_HALF_LIGHT } from './sersic.ts'
import { drawTarget, type Target } from './target.ts'
import { paintClumps, paintShell, paintTail } from './tidal.ts'

/**
 * Disturbed: one galaxy out of balance. Its body leans to one side, its core is off the centre, a plume and sometimes
 * a second one reach out of it; shells in a third of them, clumps of young stars on the leaning side in half.
 */
export function paintDisturbed(canvas: LightCanvas, random: RandomStream): void {
  const target = drawTarget(random, 2.9, 21.2, 0.3)
  const colour = around(random, 0.68, 0.15)
  const body: Ellipse = { ...target, angle: angle(random), axisRatio: between(random, 0.5, 0.95) }
  const light = populationLight(target.magnitude, colour)
  const lean = angle(random)
  const plumeShare = between(random, 0.25, 0.38)
  const shells = chance(random, 0.35) ? 1 + random.integer(3) : 0
  const shellShare = shells > 0 ? between(random, 0.12, 0.25) : 0
  const clumpShare = chance(random, 0.5) ? between(random, 0.04, 0.14) : 0
  const coreShare = between(random, 0.08, 0.2)

  const bodyShare = 1 - plumeShare - shellShare - clumpShare - coreShare
  paintLopsided(canvas, random, body, target.halfLight, lean, share(light, bodyShare))
  const core = share(populationLight(target.magnitude, colour + 0.15), coreShare)
  paintSersic(canvas, body, 0.25 * target.halfLight, 1.5, core)
  paintPlumes(canvas, random, target, lean, share(light, plumeShare))
  for (let shell = 0; shell < shells; shell++) {
    const radius = target.halfLight * between(random, 1.5, 3)
    const direction = body.angle + (shell % 2) * Math.PI
    paintShell(
      canvas,
      target,
      radius,
      direction,
      between(random, 0.35, 0.8),
      share(light, shellShare / shells),
    )
  }
  if (clumpShare > 0) {
    const centre = {
      x: target.x + 0.9 * target.halfLight * Math.cos(lean),
      y: target.y + 0.9 * target.halfLight * Math.sin(lean),
    }
    const clumps = share(populationLight(target.magnitude, 0.25), clumpShare)
    paintClumps(canvas, random, centre, 0.5 * target.halfLight, 3 + random.integer(6), clumps)
  }
}

/**
 * A disc whose isophotes drift to one side: its scale length grows by 1 / (1 − drift) towards `lean` and shrinks
 * opposite, the m = 1 distortion of lopsided galaxies (Rix and Zaritsky 1995, ApJ 447, 82), here a strong one.
 */
function paintLopsided(
  canvas: LightCanvas,
  random: RandomStream,
  ellipse: Ellipse,
  halfLight: number,
  lean: number,
  light: Light,
): void {
  const drift = between(random, 0.35, 0.62)
  const scaleLength = halfLight / EXPONENTIAL_HALF_LIGHT
  const cos = Math.cos(lean - ellipse.angle)
  const sin = Math.sin(lean - ellipse.angle)
  const brightness = inEllipse(ellipse, (u, v) =>
    Math.exp((drift * (u * cos + v * sin) - Math.sqrt(u * u + v * v)) / scaleLength),
  )
  canvas.paint(ellipse.x, ellipse.y, (4 * scaleLength) / (1 - drift), brightness, light)
}

/** One plume in the direction of the lean, in two of five galaxies a second one off to a side. */
function paintPlumes(
  canvas: LightCanvas,
  random: RandomStream,
  { x, y, halfLight }: Target,
  lean: number,
  light: Light,
): void {
  const side = random.integer(2) === 0 ? 1 : -1
  const directions = chance(random, 0.4) ? [lean, lean + side * between(random, 1, 2)] : [lean]
  for (const direction of directions) {
    const leaving = direction + around(random, 0, 0.35)
    const root = {
      x: x + 0.6 * halfLight * Math.cos(direction),
      y: y + 0.6 * halfLight * Math.sin(direction),
    }
    const length = halfLight * between(random, 2.5, 5)
    const turn = side * between(random, 0, 1.1)
    const width = halfLight * between(random, 0.18, 0.36)
    paintTail(canvas, { ...root, angle: leaving, length, turn, width }, share(light, 1 / directions.length))
  }
}
