import type { Light } from './light.ts'
import type { Brightness, LightCanvas } from './light-canvas.ts'
import { sersicExtent, sersicProfile } from './sersic.ts'

/** Where an elliptical body lies on the sky. */
export interface Ellipse {
  /** Centre, arcsec from the centre of the field. */
  readonly x: number
  readonly y: number
  /** Direction of the long axis, radians from x towards y. */
  readonly angle: number
  /** Short axis over long axis, above 0 to 1. */
  readonly axisRatio: number
}

/** A brightness given in the frame of an ellipse: u along the long axis, v across, stretched so that isophotes are circles. */
export function inEllipse(ellipse: Ellipse, brightness: Brightness): Brightness {
  const cos = Math.cos(ellipse.angle)
  const sin = Math.sin(ellipse.angle)
  const stretch = 1 / ellipse.axisRatio
  return (x, y) => brightness(x * cos + y * sin, (y * cos - x * sin) * stretch)
}

/** Paints a body of Sérsic's profile; `halfLight` is the radius along the long axis, arcsec. */
export function paintSersic(
  canvas: LightCanvas,
  ellipse: Ellipse,
  halfLight: number,
  n: number,
  light: Light,
): void {
  const profile = sersicProfile(n)
  const brightness = inEllipse(ellipse, (u, v) => profile(Math.sqrt(u * u + v * v) / halfLight))
  canvas.paint(ellipse.x, ellipse.y, halfLight * sersicExtent(n), brightness, light)
}
