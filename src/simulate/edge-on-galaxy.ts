import type { RandomStream } from '../random/index.ts'
import { around, between } from './draws.ts'
import { type Ellipse, paintSersic } from './ellipse.ts'
import { populationLight, share } from './light.ts'
import type { LightCanvas } from './light-canvas.ts'
import { EXPONENTIAL_HALF_LIGHT } from './sersic.ts'

/** A disc seen from its edge. */
export interface EdgeOnShape {
  /** Centre, arcsec from the centre of the field. */
  readonly x: number
  readonly y: number
  /** Direction of the disc, radians from x towards y. */
  readonly angle: number
  /** Half-light radius that the disc would have from above, arcsec. */
  readonly halfLight: number
  readonly magnitude: number
  readonly bulgeColour: number
  readonly discColour: number
  readonly bulgeShare: number
  /** Half-light radius of the bulge in scale lengths of the disc, and its axis ratio. */
  readonly bulgeSize: number
  readonly bulgeAxisRatio: number
  /** Height z₀ of the disc in scale lengths. */
  readonly thickness: number
  /** Optical depth in r of the dust lane through the centre; 0 for none. */
  readonly dust: number
  /** Bend of the disc's ends, in heights at two scale lengths. */
  readonly warp: number
  readonly knotShare: number
  readonly knots: number
}

/**
 * Paints a disc seen edge-on: I(R, z) ∝ (R / h) K₁(R / h) sech²(z / z₀) (van der Kruit and Searle 1981, A&A 95, 105),
 * a bulge, knots of young stars in the plane, and in front of it all a thinner lane of dust.
 */
export function paintEdgeOn(canvas: LightCanvas, random: RandomStream, shape: EdgeOnShape): void {
  const { x, y, magnitude } = shape
  const scaleLength = shape.halfLight / EXPONENTIAL_HALF_LIGHT
  const height = shape.thickness * scaleLength
  const edge = 4.5 * scaleLength
  const cos = Math.cos(shape.angle)
  const sin = Math.sin(shape.angle)
  const bend = (shape.warp * height) / 8
  const discShare = 1 - shape.bulgeShare - shape.knotShare

  const plane = (dx: number, dy: number, thickness: number, length: number) => {
    const along = (dx * cos + dy * sin) / length
    const radius = Math.abs(along)
    const across = (dy * cos - dx * sin - bend * along * radius * radius) / thickness
    if (radius > 4.5 || Math.abs(across) > 9) return 0
    const decay = Math.exp(-Math.abs(across))
    const sech = (2 * decay) / (1 + decay * decay)
    return besselK1Times(radius) * sech * sech
  }

  const disc = share(populationLight(magnitude, shape.discColour), discShare)
  canvas.paint(x, y, edge, (dx, dy) => plane(dx, dy, height, scaleLength), disc)

  const knotLight = share(populationLight(magnitude, 0.2), shape.knotShare / Math.max(1, shape.knots))
  for (let knot = 0; knot < shape.knots; knot++) {
    const along = around(random, 0, 1.1) * scaleLength
    const across = around(random, 0, 0.35) * height + bend * (along / scaleLength) ** 3
    canvas.point(x + along * cos - across * sin, y + along * sin + across * cos, knotLight)
  }
  if (shape.bulgeShare > 0) {
    const bulge: Ellipse = { x, y, angle: shape.angle, axisRatio: shape.bulgeAxisRatio }
    const light = share(populationLight(magnitude, shape.bulgeColour), shape.bulgeShare)
    paintSersic(canvas, bulge, shape.bulgeSize * scaleLength, between(random, 1.5, 3), light)
  }
  if (shape.dust > 0) {
    const lane = (dx: number, dy: number) => shape.dust * plane(dx, dy, 0.3 * height, 0.9 * scaleLength)
    canvas.attenuate(x, y, edge, lane)
  }
}

/** x K₁(x) for x ≥ 0, 1 at 0: polynomials 9.8.7 and 9.8.8 of Abramowitz and Stegun, better than 1e-6. */
export function besselK1Times(x: number): number {
  if (x < 1e-8) return 1
  if (x <= 2) {
    const t = (x / 3.75) ** 2
    const i1 =
      x *
      (0.5 +
        t *
          (0.87890594 +
            t * (0.51498869 + t * (0.15084934 + t * (0.02658733 + t * (0.00301532 + t * 0.00032411))))))
    const s = (x / 2) ** 2
    const series =
      1 +
      s *
        (0.15443144 +
          s * (-0.67278579 + s * (-0.18156897 + s * (-0.01919402 + s * (-0.00110404 + s * -0.00004686)))))
    return x * Math.log(x / 2) * i1 + series
  }
  const w = 2 / x
  const series =
    1.25331414 +
    w *
      (0.23498619 +
        w * (-0.0365562 + w * (0.01504268 + w * (-0.00780353 + w * (0.00325614 + w * -0.00068245)))))
  return Math.sqrt(x) * Math.exp(-x) * series
}
