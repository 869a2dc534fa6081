/** XYZ of sRGB's primaries, adapted to D50, as its profiles (IEC 61966-2-1) have them. */
const PRIMARIES = {
  rXYZ: [0.4361, 0.2225, 0.0139],
  gXYZ: [0.3851, 0.7169, 0.0971],
  bXYZ: [0.1431, 0.0606, 0.7141],
} as const

/** Largest difference of a primary, or of a value of the curve, for which pixels stay the same. */
const TOLERANCE = 0.003

const toLinear = (value: number): number =>
  value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4

/**
 * Whether an ICC profile says that values are sRGB, so that there is nothing to convert: a matrix profile with its
 * primaries and its curve.
 */
export function isSrgbProfile(profile: Uint8Array): boolean {
  try {
    const view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength)
    if (text(profile, 16) !== 'RGB ') return false
    const tags = new Map<string, number>()
    for (let tag = 0; tag < Math.min(view.getUint32(128), 100); tag++)
      tags.set(text(profile, 132 + 12 * tag), view.getUint32(136 + 12 * tag))
    const primaries = Object.entries(PRIMARIES).every(([name, xyz]) => {
      const at = tags.get(name)
      return at !== undefined && xyz.every((value, axis) => near(s15Fixed16(view, at + 8 + 4 * axis), value))
    })
    return primaries && ['rTRC', 'gTRC', 'bTRC'].every((name) => isSrgbCurve(view, tags.get(name)))
  } catch (error) {
    // A read beyond the end: no profile at all.
    if (error instanceof RangeError) return false
    throw error
  }
}

const text = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4))

const s15Fixed16 = (view: DataView, at: number): number => view.getInt32(at) / 65536

const near = (one: number, other: number): boolean => Math.abs(one - other) <= TOLERANCE

function isSrgbCurve(view: DataView, at: number | undefined): boolean {
  if (at === undefined) return false
  const type = view.getUint32(at)
  if (type === CURVE) {
    const count = view.getUint32(at + 8)
    if (count < 256) return false
    return [0.02, 0.1, 0.25, 0.5, 0.75, 0.9].every((value) => {
      const entry = Math.round(value * (count - 1))
      return near(view.getUint16(at + 12 + 2 * entry) / 65535, toLinear(entry / (count - 1)))
    })
  }
  if (type !== PARAMETRIC || view.getUint16(at + 8) !== 3) return false
  const [g, a, b, c, d] = Array.from({ length: 5 }, (_, index) => s15Fixed16(view, at + 12 + 4 * index))
  return (
    near(g!, 2.4) &&
    near(a!, 1 / 1.055) &&
    near(b!, 0.055 / 1.055) &&
    near(c!, 1 / 12.92) &&
    near(d!, 0.04045)
  )
}

/** `curv` and `para`. */
const [CURVE, PARAMETRIC] = [0x63757276, 0x70617261]
