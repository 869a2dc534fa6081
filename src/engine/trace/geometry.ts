import { backend_util, type NamedAttrMap, slice_util } from '@tensorflow/tfjs-core'
import { PureGalaxyError } from '../../errors.ts'
import type { OperationOf, Window } from '../graph/types.ts'

type Four = [number, number, number, number]
type Range = Omit<OperationOf<'slice'>, 'kind'>
type ConvAttributes = {
  strides: number | [number, number]
  pad: Parameters<typeof backend_util.computeConv2DInfo>[4]
  dimRoundingMode?: 'floor' | 'round' | 'ceil'
}

function only(what: string, value: unknown, wanted: unknown): void {
  if (JSON.stringify(value) !== JSON.stringify(wanted)) {
    throw new PureGalaxyError(
      'engine.unsupported-operation',
      `Convolutions are traced with ${what} ${JSON.stringify(wanted)} only, not ${JSON.stringify(value)}.`,
    )
  }
}

/** The window of a convolution kernel's attributes. */
export function windowOf(
  pictures: readonly number[],
  filter: readonly number[],
  attrs: NamedAttrMap,
): Window {
  const { strides, pad, dimRoundingMode } = attrs as unknown as ConvAttributes
  only('data format', attrs.dataFormat ?? 'NHWC', 'NHWC')
  only(
    'dilation',
    [attrs.dilations ?? 1].flat(),
    [attrs.dilations ?? 1].flat().map(() => 1),
  )
  const info = backend_util.computeConv2DInfo(
    [...pictures] as Four,
    [...filter] as Four,
    strides,
    1,
    pad,
    dimRoundingMode,
  )
  const { top, bottom, left, right } = info.padInfo
  return {
    kernel: [filter[0]!, filter[1]!],
    strides: [info.strideHeight, info.strideWidth],
    padTop: top,
    padBottom: bottom,
    padLeft: left,
    padRight: right,
  }
}

/** The window of a pooling kernel's attributes. */
export function poolWindow(pictures: readonly number[], attrs: NamedAttrMap): Window {
  const { strides, pad, dimRoundingMode } = attrs as unknown as ConvAttributes
  const info = backend_util.computePool2DInfo(
    [...pictures] as Four,
    attrs.filterSize as unknown as number | [number, number],
    strides,
    1,
    pad,
    dimRoundingMode,
  )
  const { top, bottom, left, right } = info.padInfo
  return {
    kernel: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    padTop: top,
    padBottom: bottom,
    padLeft: left,
    padRight: right,
  }
}

/** Range of a Slice kernel; a size of -1 reaches to the end. */
export function slicedRange(shape: readonly number[], attrs: NamedAttrMap): Range {
  const begin = attrs.begin as number[]
  const size = attrs.size as number[]
  return {
    begin,
    end: begin.map((first, axis) => (size[axis] === -1 ? shape[axis]! : first + size[axis]!)),
    strides: begin.map(() => 1),
  }
}

/** Range of a StridedSlice kernel, and the shape after axes that an index picked were dropped. */
export function stridedRange(
  shape: readonly number[],
  attrs: NamedAttrMap,
): { range: Range; shape: number[] } {
  const { begin, end, strides, finalShape } = slice_util.sliceInfo(
    [...shape],
    attrs.begin as number[],
    attrs.end as number[],
    attrs.strides as number[],
    Number(attrs.beginMask),
    Number(attrs.endMask),
    Number(attrs.ellipsisMask),
    Number(attrs.newAxisMask),
    Number(attrs.shrinkAxisMask),
  )
  if (strides.some((stride) => stride < 1)) {
    throw new PureGalaxyError(
      'engine.unsupported-operation',
      'StridedSlice is traced with positive strides only.',
    )
  }
  return { range: { begin, end, strides }, shape: finalShape }
}
