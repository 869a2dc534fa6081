import type { Node, Window } from '../graph/types.ts'
import type { StableHloEmitter, Value } from './emitter.ts'
import { integers, paddings } from './notation.ts'

const windowAttributes = (window: Window) => ({
  window_dimensions: integers([1, ...window.kernel, 1]),
  window_strides: integers([1, ...window.strides, 1]),
  padding: paddings([
    [0, 0],
    [window.padTop, window.padBottom],
    [window.padLeft, window.padRight],
    [0, 0],
  ]),
})

export function maxPool(emit: StableHloEmitter, node: Node, window: Window, pictures: Value): Value {
  return emit.op({
    name: 'reduce_window',
    operands: [pictures, emit.scalar(Number.NEGATIVE_INFINITY)],
    shape: node.shape,
    dtype: 'float32',
    regions: ['maximum'],
    attributes: windowAttributes(window),
  })
}

/** Each gradient goes to where its maximum came from; a later element must be larger to be chosen. */
export function maxPoolGradient(
  emit: StableHloEmitter,
  window: Window,
  [dy, pictures]: readonly Value[],
): Value {
  return emit.op({
    name: 'select_and_scatter',
    operands: [pictures!, dy!, emit.scalar(0)],
    shape: pictures!.shape,
    dtype: 'float32',
    regions: ['compare', 'add'],
    attributes: windowAttributes(window),
  })
}
