import { binary, cast, node as makeNode, reshape } from './build.ts'
import { foldConstants } from './fold.ts'
import { topological } from './traverse.ts'
import type { Graph, Node, OperationOf, Window } from './types.ts'

export interface SimplifyOptions {
  /** Leaves gradients of pictures as they are, for what runs them faster than as convolutions. */
  readonly keepInputGradients?: boolean
}

/**
 * Rewrites a graph into an equal one that is cheaper to run: constants are computed, repeated nodes become one, a
 * convolution followed by a constant scale takes the scale into its filter (batch normalisation of a finished model
 * disappears this way), and a convolution's gradient with respect to its pictures becomes an ordinary convolution.
 * What no output needs falls away because nothing reaches it.
 */
export function simplify(graph: Graph, { keepInputGradients = false }: SimplifyOptions = {}): Graph {
  const replaced = new Map<Node, Node>()
  const known = new Map<string, Node>()
  for (const node of topological(graph.outputs)) {
    const inputs = node.inputs.map((input) => replaced.get(input)!)
    const same = inputs.every((input, position) => input === node.inputs[position])
    const current = same ? node : { ...node, inputs }
    replaced.set(node, unique(known, rewrite(current, keepInputGradients)))
  }
  return { inputs: graph.inputs, outputs: graph.outputs.map((output) => replaced.get(output)!) }
}

function rewrite(node: Node, keepInputGradients: boolean): Node {
  const { operation } = node
  const folded = foldConstants(node)
  if (folded) return folded
  switch (operation.kind) {
    case 'reshape':
      return collapseReshape(node)
    case 'mul':
      return scaleFilter(node) ?? node
    case 'gather':
      return castGathered(node)
    case 'conv2dInputGradient':
      return keepInputGradients ? node : inputGradient(node, operation)
    default:
      return node
  }
}

function collapseReshape(node: Node): Node {
  const [x] = node.inputs as [Node]
  return x.operation.kind === 'reshape' ? reshape(x.inputs[0]!, node.shape) : node
}

/** What is picked from a cast tensor is picked first: of a whole data set in bytes, a batch is cast. */
function castGathered(node: Node): Node {
  const [values, indices] = node.inputs as [Node, Node]
  if (values.operation.kind !== 'cast') return node
  return cast(makeNode(node.operation, [values.inputs[0]!, indices]), node.dtype)
}

/** conv2d(x, W) · s with constants W and s per output channel is conv2d(x, W · s). */
function scaleFilter(node: Node): Node | undefined {
  for (const [conv, scale] of [node.inputs, [...node.inputs].reverse()] as [Node, Node][]) {
    if (conv.operation.kind !== 'conv2d' || scale.operation.kind !== 'constant') continue
    const [pictures, filter] = conv.inputs as [Node, Node]
    const outputs = filter.shape[3]!
    const perChannel = scale.operation.values.length === outputs && scale.shape.at(-1) === outputs
    if (filter.operation.kind !== 'constant' || !perChannel) continue
    const scaled = foldConstants(binary('mul', filter, reshape(scale, [outputs])))
    if (scaled) return makeNode(conv.operation, [pictures, scaled])
  }
  return undefined
}

/**
 * The gradient of y = conv2d(x, W) with respect to x. With stride 1, dx = conv2d(dy, W'), where W' is W turned by
 * 180° with input and output channels exchanged, and the padding is what the forward pass left over (kernel − 1 − pad).
 * With stride s, dy is first spread out with s − 1 zeros between its pixels; a 1×1 filter needs no neighbours, so it
 * is applied before spreading.
 */
function inputGradient(node: Node, { window }: OperationOf<'conv2dInputGradient'>): Node {
  const [dy, filter] = node.inputs as [Node, Node]
  const turned = makeNode({ kind: 'transpose', permutation: [0, 1, 3, 2] }, [
    makeNode({ kind: 'reverse', axes: [0, 1] }, [filter]),
  ])
  const [kh, kw] = window.kernel
  const spreads = window.strides.some((stride) => stride > 1)
  const spread = (x: Node) => (spreads ? makeNode({ kind: 'dilate', strides: window.strides }, [x]) : x)
  const [, height, width] = node.shape as [number, number, number]
  const unit: Window = { kernel: [kh, kw], strides: [1, 1], padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 }
  if (kh === 1 && kw === 1 && window.padTop === 0 && window.padLeft === 0) {
    return fitTo(spread(makeNode({ kind: 'conv2d', window: unit }, [dy, turned])), height, width)
  }
  const padTop = kh - 1 - window.padTop
  const padLeft = kw - 1 - window.padLeft
  const source = spread(dy)
  const [, h, w] = source.shape as [number, number, number]
  // Rows that no window reached get no gradient; rows of zeros past the last window are not needed.
  const wanted = [height + kh - 1 - padTop, width + kw - 1 - padLeft] as const
  const kept = fitTo(source, Math.min(h, wanted[0]), Math.min(w, wanted[1]))
  const padBottom = Math.max(0, wanted[0] - h)
  const padRight = Math.max(0, wanted[1] - w)
  return makeNode({ kind: 'conv2d', window: { ...unit, padTop, padBottom, padLeft, padRight } }, [
    kept,
    turned,
  ])
}

/** Cuts or zero-pads pictures at the bottom and right to height × width. */
function fitTo(x: Node, height: number, width: number): Node {
  const [n, h, w, c] = x.shape as [number, number, number, number]
  if (h === height && w === width) return x
  const cut =
    h > height || w > width
      ? makeNode(
          {
            kind: 'slice',
            begin: [0, 0, 0, 0],
            end: [n, Math.min(h, height), Math.min(w, width), c],
            strides: [1, 1, 1, 1],
          },
          [x],
        )
      : x
  const [, ch, cw] = cut.shape as [number, number, number]
  if (ch === height && cw === width) return cut
  return makeNode({ kind: 'pad', before: [0, 0, 0, 0], after: [0, height - ch, width - cw, 0], value: 0 }, [
    cut,
  ])
}

/** The first of equal nodes. Inputs and large constants are only equal to themselves. */
function unique(known: Map<string, Node>, node: Node): Node {
  const { operation } = node
  if (operation.kind === 'input') return node
  if (operation.kind === 'constant' && operation.values.length > 16) return node
  const about =
    'values' in operation ? { kind: 'constant', values: [...operation.values].map(String) } : operation
  const key = JSON.stringify([about, node.inputs.map((input) => input.id), node.shape, node.dtype])
  const former = known.get(key)
  if (former) return former
  known.set(key, node)
  return node
}
