import type { RandomStream } from '../random/index.ts'
import { between } from './draws.ts'
import type { Light } from './light.ts'
import { share } from './light.ts'
import type { LightCanvas } from './light-canvas.ts'

/** A tail or bridge of stars torn out of a disc: a curved streak that widens and fades outward. */
export interface TailShape {
  /** Where it leaves the galaxy, arcsec from the centre of the field. */
  readonly x: number
  readonly y: number
  /** Direction in which it leaves, radians. */
  readonly angle: number
  /** Length along the curve, arcsec, and the angle through which it turns on the way. */
  readonly length: number
  readonly turn: number
  /** Standard deviation across at the root, arcsec; 2.2 times that at the end. */
  readonly width: number
}

/** Paints a tail as a chain of overlapping round Gaussians. */
export function paintTail(canvas: LightCanvas, tail: TailShape, light: Light): void {
  const steps = Math.max(6, Math.ceil(tail.length / tail.width))
  const stride = tail.length / steps
  let { x, y } = tail
  const weightSum = 0.525 * steps
  for (let step = 0; step < steps; step++) {
    const along = (step + 0.5) / steps
    const direction = tail.angle + tail.turn * along
    x += stride * Math.cos(direction)
    y += stride * Math.sin(direction)
    const width = tail.width * (1 + 1.2 * along)
    const inverse = -0.5 / (width * width)
    const blob = (dx: number, dy: number) => Math.exp(inverse * (dx * dx + dy * dy))
    canvas.paint(x, y, 3 * width, blob, share(light, (1 - 0.95 * along) / weightSum))
  }
}

/** Paints a shell: an arc, sharp outside and soft inside, as a galaxy leaves that fell in along a line. */
export function paintShell(
  canvas: LightCanvas,
  centre: { readonly x: number; readonly y: number },
  radius: number,
  direction: number,
  opening: number,
  light: Light,
): void {
  const cos = Math.cos(direction)
  const sin = Math.sin(direction)
  const brightness = (x: number, y: number) => {
    const distance = Math.sqrt(x * x + y * y)
    const depth = (radius - distance) / radius
    if (depth < 0 || distance === 0) return 0
    const bearing = Math.acos(Math.max(-1, Math.min(1, (x * cos + y * sin) / distance))) / opening
    return Math.exp(-depth * 7 - 0.5 * bearing * bearing)
  }
  canvas.paint(centre.x, centre.y, radius, brightness, light)
}

/** Paints clumps of young stars strewn around a place, some arcsec across. */
export function paintClumps(
  canvas: LightCanvas,
  random: RandomStream,
  centre: { readonly x: number; readonly y: number },
  spread: number,
  count: number,
  light: Light,
): void {
  for (let clump = 0; clump < count; clump++) {
    const size = between(random, 0.25, 0.7)
    const x = centre.x + spread * random.normal()
    const y = centre.y + spread * random.normal()
    const inverse = -0.5 / (size * size)
    canvas.paint(x, y, 3 * size, (dx, dy) => Math.exp(inverse * (dx * dx + dy * dy)), share(light, 1 / count))
  }
}
