import type { RandomStream } from '../random/index.ts'
import { angle, around, between, chance } from './draws.ts'
import { type Ellipse, paintSersic } from './ellipse.ts'
import { populationLight, share } from './light.ts'
import type { LightCanvas } from './light-canvas.ts'
import { discAxisRatio } from './spiral-galaxies.ts'
import { paintDisc, paintSpiral } from './spiral-galaxy.ts'
import { drawTarget, type Target } from './target.ts'
import { paintTail } from './tidal.ts'

/** Merging: two galaxies in contact, sometimes three, of alike brightness, with a common halo, a bridge and tails. */
export function paintMerging(canvas: LightCanvas, random: RandomStream): void {
  const first = drawTarget(random, 2.4, 21.6, 0.3)
  const colour = around(random, 0.88, 0.12)
  const direction = angle(random)
  // In most pictures the brighter galaxy is in the middle, in some the middle of the pair.
  const shift = chance(random, 0.5) ? 0 : 0.5
  const separation = first.halfLight * between(random, 1.3, 2.6) + 1.2
  const offset = { x: separation * Math.cos(direction), y: separation * Math.sin(direction) }
  const main: Target = { ...first, x: first.x - shift * offset.x, y: first.y - shift * offset.y }
  const second: Target = {
    x: main.x + offset.x,
    y: main.y + offset.y,
    halfLight: main.halfLight * between(random, 0.6, 1),
    magnitude: main.magnitude + between(random, 0, 1.2),
  }
  paintPartner(canvas, random, main, colour)
  paintPartner(canvas, random, second, colour + around(random, 0, 0.12))
  if (chance(random, 0.2)) {
    const side = direction + between(random, 0.7, 2.4) * (random.integer(2) === 0 ? 1 : -1)
    const distance = separation * between(random, 0.8, 1.2)
    const third: Target = {
      x: main.x + distance * Math.cos(side),
      y: main.y + distance * Math.sin(side),
      halfLight: main.halfLight * between(random, 0.4, 0.8),
      magnitude: main.magnitude + between(random, 0.6, 1.8),
    }
    paintPartner(canvas, random, third, colour + around(random, 0, 0.12))
  }
  paintRemains(canvas, random, main, second, direction, separation, colour)
}

function paintPartner(canvas: LightCanvas, random: RandomStream, target: Target, colour: number): void {
  const ellipse: Ellipse = { ...target, angle: angle(random), axisRatio: between(random, 0.5, 1) }
  if (chance(random, 0.7)) {
    paintSersic(
      canvas,
      ellipse,
      target.halfLight,
      between(random, 1.5, 4),
      populationLight(target.magnitude, colour),
    )
    return
  }
  paintSpiral(canvas, random, {
    ellipse: { ...ellipse, axisRatio: discAxisRatio(random, 0.4) },
    halfLight: target.halfLight,
    magnitude: target.magnitude,
    bulgeColour: colour + 0.1,
    discColour: colour - 0.1,
    armColour: colour - 0.25,
    bulgeShare: between(random, 0.15, 0.35),
    armShare: between(random, 0.3, 0.45),
    barShare: 0,
    knotShare: 0.05,
    knots: 8,
    arms: 2,
    pitch: between(random, 0.25, 0.6),
    sharpness: 3,
    innerRadius: 0.6,
    barLength: 0,
    barWidth: 1,
    ringShare: 0,
    irregularity: 0.5,
  })
}

/** The halo around both, a bridge between them, and up to two tails curving away. */
function paintRemains(
  canvas: LightCanvas,
  random: RandomStream,
  main: Target,
  second: Target,
  direction: number,
  separation: number,
  colour: number,
): void {
  const light = populationLight(main.magnitude, colour - 0.05)
  const halo: Ellipse = {
    x: (main.x + second.x) / 2,
    y: (main.y + second.y) / 2,
    angle: direction,
    axisRatio: between(random, 0.55, 0.9),
  }
  paintDisc(canvas, halo, 0.75 * separation, share(light, between(random, 0.15, 0.4)))
  const bridge = {
    x: main.x,
    y: main.y,
    angle: direction,
    length: separation,
    turn: 0,
    width: 0.25 * main.halfLight,
  }
  paintTail(canvas, bridge, share(light, between(random, 0.03, 0.12)))
  const tails = random.integer(3)
  for (let tail = 0; tail < tails; tail++) {
    const root = tail === 0 ? main : second
    const away = direction + (tail === 0 ? Math.PI : 0) + around(random, 0, 0.6)
    paintTail(
      canvas,
      {
        x: root.x + 0.7 * root.halfLight * Math.cos(away),
        y: root.y + 0.7 * root.halfLight * Math.sin(away),
        angle: away,
        length: main.halfLight * between(random, 2, 5),
        turn: between(random, 0.5, 2) * (random.integer(2) === 0 ? 1 : -1),
        width: main.halfLight * between(random, 0.15, 0.3),
      },
      share(light, between(random, 0.08, 0.2)),
    )
  }
}
