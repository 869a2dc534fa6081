import { topological } from '../graph/traverse.ts'
import type { Graph, Node } from '../graph/types.ts'

/** Channels from which Eigen's convolutions overtake YNNPACK's. */
const WIDE = 128

/**
 * Options of XLA's CPU plugin that choose the library of a program's convolutions.
 *
 * Its usual choice, YNNPACK, is quick for few channels: the gradient of a filter of 16 channels takes 3.1 ms, and 4.9 ms
 * with Eigen. From 128 channels on Eigen wins, 3.2 to 3.4 ms a convolution against 4.1 to 6.3. The choice is one for
 * the whole program: it falls to Eigen where gradients of filters (that is, training) do most of their multiplications
 * at 128 channels or more. Inference stays with YNNPACK, which then arranges its constant weights beforehand.
 */
export function convolutionOptions(graph: Graph): Readonly<Record<string, string>> {
  let [wide, all] = [0, 0]
  for (const node of topological(graph.outputs)) {
    if (node.operation.kind !== 'conv2dFilterGradient') continue
    const work = multiplications(node)
    all += work
    if (Math.min(node.shape[2]!, node.shape[3]!) >= WIDE) wide += work
  }
  return wide > all / 2 ? { xla_cpu_experimental_ynn_fusion_type: WITHOUT_CONVOLUTIONS } : {}
}

/** What YNNPACK is left with: its default without LIBRARY_FUSION_TYPE_INDIVIDUAL_CONVOLUTION. */
const WITHOUT_CONVOLUTIONS = 'LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT,LIBRARY_FUSION_TYPE_REDUCE'

/** Of the gradient of a filter: each of its values sums over all pixels of the output. */
function multiplications({ shape, inputs: [, dy] }: Node): number {
  const [pictures, height, width] = dy!.shape
  return shape.reduce((product, side) => product * side, pictures! * height! * width!)
}
