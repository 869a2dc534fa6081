import type { NoiseProtocol } from './protocol.ts'

/** Photons at full scale, from mild to strong: the shot noise of ImageNet-C. */
export const IMAGENET_LEVELS: readonly number[] = [60, 25, 12, 5, 3]

/** The shot noise of CIFAR-10-C. */
export const CIFAR_LEVELS: readonly number[] = [500, 250, 100, 75, 50]

/** Shot noise: Poisson(x·c)/c of pixels x in [0, 1], c photons at full scale (FACTS section 5, `counts`). */
export function countsProtocol(levels: readonly number[] = IMAGENET_LEVELS): NoiseProtocol {
  return { name: 'counts', unit: 'photons at full scale', levels, apply: () => {} }
}
