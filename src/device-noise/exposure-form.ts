import {
  add,
  cast,
  div,
  gather,
  greater,
  log,
  maximum,
  minimum,
  mul,
  reshape,
  scalar,
  slice,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  where,
} from '@tensorflow/tfjs-core'
import type { HostTensor, TensorSpec } from '../engine/types.ts'
import { borderPixels } from '../noise/border.ts'
import { bandNoises } from '../noise/exposure.ts'
import { quantileTable } from '../noise/normals.ts'
import { skyDeviations } from '../noise/sky-noise.ts'
import { UNSTRETCH_FACTORS } from '../noise/stretch-tables.ts'
import { STRETCH } from '../survey/index.ts'
import { drawNormals } from './draw-normals.ts'
import type { NoiseForm } from './noise-form.ts'
import type { BatchShape } from './noise-program.ts'

const Q = STRETCH.softening
const M = STRETCH.pedestal

/**
 * `exposure` in single precision: the host's bytes, but for one or two in a hundred thousand that are rounded the other way. The
 * host measures the sky's noise, in a border of each picture. Pictures in which it draws Poisson variates one by one
 * are left to it.
 */
export function exposureForm({ batchSize, height, width }: BatchShape): NoiseForm {
  const pixels = height * width
  const border = borderPixels(height, width)
  const bands: TensorSpec = { shape: [batchSize, 2, 3], dtype: 'float32' }
  const quantiles: HostTensor = { shape: [65536], dtype: 'float32', data: quantileTable() }
  const unstretch: HostTensor = { shape: [766], dtype: 'float32', data: Float32Array.from(UNSTRETCH_FACTORS) }
  return {
    draw(given, key, [quantiles, unstretch], [bands]) {
      const pictures = reshape(given, [batchSize, pixels, 3])
      const band = (at: number) => slice(bands!, [0, at, 0], [batchSize, 1, 3])
      const [sky, step] = [band(0), band(1)]
      const normals = drawNormals(key, 3 * pixels, quantiles!)
      const factors = unstretchFactors(pictures, unstretch!)
      const t = mul(cast(pictures, 'float32'), factors)
      const noise = quadraticNoise(reshape(normals, t.shape), sky, step, positive(sub(t, scalar(M))))
      const stretched = stretch(positive(add(t, noise)))
      // Black pixels hold no light to be read.
      const noisy = where(greater(factors, scalar(0)), toByte(stretched), pictures)
      const covered = where(greater(step, scalar(0)), noisy, pictures)
      return reshape(covered, given.shape)
    },
    tableSpecs: [quantiles, unstretch].map(({ shape, dtype }) => ({ shape, dtype })),
    figureSpecs: [bands],
    measure(picture) {
      const numbers = skyDeviations(picture, border)
      return { numbers, emptyBorder: numbers.includes(0) }
    },
    tables: () => [quantiles, unstretch],
    figures(pictures) {
      const data = new Float32Array(batchSize * 6)
      const onHost: number[] = []
      for (const [row, { numbers, pixelScale, dose }] of pictures.entries()) {
        // Where the step is 0, pictures stay as they are.
        if (dose === null || dose.level === 1) continue
        const noises = bandNoises(numbers as [number, number, number], dose.level, pixelScale)
        if (noises.some(({ exact }) => exact)) onHost.push(row)
        else data.set([...noises.map(({ sky }) => sky), ...noises.map(({ step }) => step)], 6 * row)
      }
      return { inputs: [{ ...bands, data }], onHost }
    },
  }
}

/** What the channels of each pixel are multiplied by to give t: float32 [n, pixels, 1]. */
function unstretchFactors(pictures: Tensor, table: Tensor): Tensor {
  const sums = sum(pictures, -1, true)
  return reshape(gather(table as Tensor1D, reshape(sums, [sums.size]) as Tensor1D), sums.shape)
}

/** As src/noise/source-noise.ts has it. */
function quadraticNoise(normals: Tensor, sky: Tensor, step: Tensor, light: Tensor): Tensor {
  const source = mul(step, light)
  const variance = add(sky, source)
  const bend = div(mul(step, source), mul(variance, scalar(6)))
  const width = sqrt(sub(variance, mul(square(bend), scalar(2))))
  return add(mul(width, normals), mul(bend, sub(square(normals), scalar(1))))
}

/** Channels, 0 to 255 and beyond, of t without negative values. */
function stretch(t: Tensor): Tensor {
  // The limit at no light, where the formula has 0/0.
  const x = maximum(mul(sum(t, -1, true), scalar(Q / 3)), scalar(1e-4))
  const asinh = log(add(x, sqrt(add(square(x), scalar(1)))))
  return mul(t, div(mul(asinh, scalar(255 * Math.sqrt(Q))), x))
}

const positive = (x: Tensor): Tensor => maximum(x, scalar(0))

const toByte = (x: Tensor): Tensor => cast(minimum(add(x, scalar(0.5)), scalar(255)), 'int32')
