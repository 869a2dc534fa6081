import type { RandomStream } from '../random/index.ts'
import { angle, around, between, chance } from './draws.ts'
import { type Ellipse, inEllipse, paintSersic } from './ellipse.ts'
import { populationLight, share } from './light.ts'
import type { LightCanvas } from './light-canvas.ts'
import { EXPONENTIAL_HALF_LIGHT } from './sersic.ts'
import { drawTarget, type Target } from './target.ts'
import { paintClumps, paintShell, paintTail } from './tidal.ts'

/** Disturbed: one galaxy out of balance: a lopsided body, a core off its centre, plumes, shells, clumps to one side. */
export function paintDisturbed(canvas: LightCanvas, random: RandomStream): void {
  const target = drawTarget(random, 3.6, 21.9, 0.32)
  const colour = around(random, 0.62, 0.16)
  const body: Ellipse = { ...target, angle: angle(random), axisRatio: between(random, 0.45, 0.9) }
  const light = populationLight(target.magnitude, colour)
  const lean = angle(random)
  const plumes = 1 + random.integer(2)
  const shells = chance(random, 0.35) ? 1 + random.integer(3) : 0
  const clumpShare = chance(random, 0.7) ? between(random, 0.06, 0.2) : 0
  const plumeShare = between(random, 0.12, 0.3)
  const shellShare = shells > 0 ? between(random, 0.12, 0.25) : 0
  const coreShare = between(random, 0.08, 0.22)

  const rest = 1 - clumpShare - plumeShare - shellShare - coreShare
  paintLopsided(canvas, random, body, target, lean, rest)
  paintSersic(
    canvas,
    body,
    0.22 * target.halfLight,
    1.5,
    share(populationLight(target.magnitude, colour + 0.15), coreShare),
  )

  for (let plume = 0; plume < plumes; plume++) {
    const direction = plume === 0 ? lean : lean + Math.PI + around(random, 0, 0.5)
    paintPlume(canvas, random, target, direction, share(light, plumeShare / plumes))
  }
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
    const clumps = share(populationLight(target.magnitude, 0.2), clumpShare)
    paintClumps(canvas, random, centre, 0.5 * target.halfLight, 3 + random.integer(8), clumps)
  }

  function paintLopsided(
    canvas: LightCanvas,
    random: RandomStream,
    ellipse: Ellipse,
    { halfLight, magnitude }: Target,
    lean: number,
    fraction: number,
  ): void {
    // Isophotes drift to one side in proportion to their radius, and bend: a lopsided disc of one crooked arm.
    const drift = between(random, 0.25, 0.6)
    const scaleLength = halfLight / EXPONENTIAL_HALF_LIGHT
    const leanInBody = lean - ellipse.angle
    const swirl = between(random, 0.4, 1.4) * (random.integer(2) === 0 ? 1 : -1)
    const brightness = inEllipse(ellipse, (u, v) => {
      const radius = Math.sqrt(u * u + v * v) / scaleLength
      const bearing = Math.atan2(v, u) - leanInBody
      return Math.exp(-radius * (1 - drift * Math.cos(bearing - swirl * Math.min(radius, 4) * 0.5)))
    })
    const edge = (4 * scaleLength) / (1 - drift)
    canvas.paint(ellipse.x, ellipse.y, edge, brightness, share(populationLight(magnitude, colour), fraction))
  }
}

function paintPlume(
  canvas: LightCanvas,
  random: RandomStream,
  target: Target,
  direction: number,
  light: ReturnType<typeof share>,
): void {
  const start = 0.8 * target.halfLight
  paintTail(
    canvas,
    {
      x: target.x + start * Math.cos(direction),
      y: target.y + start * Math.sin(direction),
      angle: direction + around(random, 0, 0.5),
      length: target.halfLight * between(random, 2, 4.5),
      turn: between(random, 0.6, 2.2) * (random.integer(2) === 0 ? 1 : -1),
      width: target.halfLight * between(random, 0.14, 0.3),
    },
    light,
  )
}
