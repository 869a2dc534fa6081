import { simplify } from '../graph/simplify.ts'
import type { Graph, Node } from '../graph/types.ts'
import { lowerToStableHlo } from '../stablehlo/lower.ts'
import { traceFunction } from '../trace/trace.ts'
import type { Precision, ProgramDefinition, TensorSpec } from '../types.ts'
import { convolutionOptions } from './convolution-library.ts'
import { partition } from './partition.ts'

/** A function as StableHLO. */
export interface StableHloProgram {
  readonly text: string
  /** Options of XLA that suit it on a CPU. */
  readonly cpuOptions: Readonly<Record<string, string>>
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
}

const specOf = ({ shape, dtype }: Node): TensorSpec => ({ shape, dtype: dtype === 'bool' ? 'int32' : dtype })

/** What a function is lowered for. */
export interface LoweringTarget {
  readonly precision: Precision
  /** That run it together. */
  readonly devices: number
  /** Whether they are something faster than a CPU, with gradients of pictures of its own. */
  readonly accelerated: boolean
}

/** Traces, simplifies and lowers a function for XLA. */
export function lowerFunction(
  { fn, inputs, split = [], ...options }: ProgramDefinition,
  { precision, devices, accelerated }: LoweringTarget,
): StableHloProgram {
  const graph: Graph = simplify(traceFunction(fn, inputs, options), { keepInputGradients: accelerated })
  const signature = { inputs: graph.inputs.map(specOf), outputs: graph.outputs.map(specOf) }
  // Constants have left the program's inputs: those behind them moved up.
  const left = inputs.flatMap((_, position) => (options.constants?.has(position) ? [] : [position]))
  const moved = split.map((position) => left.indexOf(position)).filter((position) => position >= 0)
  const text = lowerToStableHlo(graph, { precision, accelerated })
  return {
    ...signature,
    cpuOptions: convolutionOptions(graph),
    text: devices === 1 ? text : partition(text, signature.inputs, moved, devices),
  }
}
