import { sizeOf } from '../buffers.ts'
import type { Node } from '../graph/types.ts'
import { isPerChannel } from './layout.ts'

/** A convolution and what is added to each of its channels. */
export interface BiasedConvolution {
  readonly convolution: Node
  readonly bias: Node
}

/**
 * Sums that a convolution can take over as its bias: of one that nothing else reads, and a constant a channel, which is
 * what simplification leaves of batch normalisation. ONNX Runtime makes the same of plain convolutions, and not of blocked ones.
 *
 * @returns by the node of the sum
 */
export function findBiases(nodes: readonly Node[], outputs: readonly Node[]): Map<Node, BiasedConvolution> {
  const readers = new Map<Node, number>()
  for (const input of [...nodes.flatMap(({ inputs }) => inputs), ...outputs])
    readers.set(input, (readers.get(input) ?? 0) + 1)
  const found = new Map<Node, BiasedConvolution>()
  for (const node of nodes) {
    if (node.operation.kind !== 'add') continue
    const convolution = node.inputs.find(({ operation }) => operation.kind === 'conv2d')
    const bias = node.inputs.find(({ operation }) => operation.kind === 'constant')
    if (convolution === undefined || bias === undefined || readers.get(convolution) !== 1) continue
    const fits = isPerChannel(bias, node.shape) && sizeOf(bias.shape) === node.shape[3]
    const same = convolution.shape.join() === node.shape.join()
    if (fits && same) found.set(node, { convolution, bias })
  }
  return found
}
