import { simplify } from '../graph/simplify.ts'
import type { Graph, Node } from '../graph/types.ts'
import type { StoredProgram } from '../program-cache.ts'
import { traceFunction } from '../trace/trace.ts'
import type { ProgramDefinition, TensorSpec } from '../types.ts'
import { lowerToOnnx } from './lower.ts'

const specOf = ({ shape, dtype }: Node): TensorSpec => ({ shape, dtype: dtype === 'bool' ? 'int32' : dtype })

/** Traces, simplifies and lowers a function for ONNX Runtime. */
export function lowerFunction({ fn, inputs, ...options }: ProgramDefinition, block: number): StoredProgram {
  const graph: Graph = simplify(traceFunction(fn, inputs, options))
  return {
    model: lowerToOnnx(graph, block),
    inputs: graph.inputs.map(specOf),
    outputs: graph.outputs.map(specOf),
  }
}
