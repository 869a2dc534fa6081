/**
 * The families and their depths, without a tensor: light enough for `puregalaxy models`. Block counts are those of
 * He et al., "Deep residual learning for image recognition" (CVPR 2016), which PURe (arXiv 2505.04397) keeps.
 */
export type Family = 'pure' | 'resnet'
export type Stem = 'cifar' | 'imagenet'

export interface Architecture {
  readonly family: Family
  readonly depth: number
  /** Residual blocks of each stage. */
  readonly blocks: readonly number[]
  /** Channels of each stage at width 1, before a bottleneck's expansion. */
  readonly channels: readonly number[]
  readonly bottleneck: boolean
  /** Stem used unless the configuration says otherwise. */
  readonly stem: Stem
}

/** Block counts by depth: three stages for the CIFAR nets (6n + 2), four for the ImageNet nets. */
const BLOCKS: Readonly<Record<number, readonly number[]>> = {
  18: [2, 2, 2, 2],
  34: [3, 4, 6, 3],
  50: [3, 4, 6, 3],
  101: [3, 4, 23, 3],
  152: [3, 8, 36, 3],
  20: [3, 3, 3],
  32: [5, 5, 5],
  44: [7, 7, 7],
  56: [9, 9, 9],
  110: [18, 18, 18],
  272: [45, 45, 45],
}

const CIFAR_CHANNELS = [16, 32, 64]
const IMAGENET_CHANNELS = [64, 128, 256, 512]

/** Channels that leave a bottleneck, over those inside it. */
export const BOTTLENECK_EXPANSION = 4

function describe(family: Family, depth: number, blocks: readonly number[]): Architecture {
  const cifar = blocks.length === CIFAR_CHANNELS.length
  return {
    family,
    depth,
    blocks,
    channels: cifar ? CIFAR_CHANNELS : IMAGENET_CHANNELS,
    bottleneck: !cifar && depth >= 50,
    stem: cifar ? 'cifar' : 'imagenet',
  }
}

/** Every architecture by name: `pure20`, `resnet50` …, the PURe family first, by depth. */
export const ARCHITECTURES: ReadonlyMap<string, Architecture> = new Map(
  (['pure', 'resnet'] as const).flatMap((family) =>
    Object.entries(BLOCKS).map(([depth, blocks]) => [
      `${family}${depth}`,
      describe(family, Number(depth), blocks),
    ]),
  ),
)
