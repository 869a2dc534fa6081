import { simplify } from '../graph/simplify.ts'
import type { Graph, Node } from '../graph/types.ts'
import { lowerToStableHlo } from '../stablehlo/lower.ts'
import { traceFunction } from '../trace/trace.ts'
import type { Precision, ProgramDefinition, TensorSpec } from '../types.ts'

/** A function as StableHLO. */
export interface StableHloProgram {
  readonly text: string
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
}

const specOf = ({ shape, dtype }: Node): TensorSpec => ({ shape, dtype: dtype === 'bool' ? 'int32' : dtype })

/** Traces, simplifies and lowers a function for XLA. */
export function lowerFunction(
  { fn, inputs, ...options }: ProgramDefinition,
  precision: Precision,
): StableHloProgram {
  const graph: Graph = simplify(traceFunction(fn, inputs, options))
  return {
    text: lowerToStableHlo(graph, { precision }),
    inputs: graph.inputs.map(specOf),
    outputs: graph.outputs.map(specOf),
  }
}
