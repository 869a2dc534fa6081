import { simplify } from '../graph/simplify.ts'
import type { Graph, Node } from '../graph/types.ts'
import { lowerToStableHlo } from '../stablehlo/lower.ts'
import { traceFunction } from '../trace/trace.ts'
import type { Precision, ProgramDefinition, TensorSpec } from '../types.ts'
import { partition } from './partition.ts'

/** A function as StableHLO. */
export interface StableHloProgram {
  readonly text: string
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
}

const specOf = ({ shape, dtype }: Node): TensorSpec => ({ shape, dtype: dtype === 'bool' ? 'int32' : dtype })

/**
 * Traces, simplifies and lowers a function for XLA.
 * @param devices that run it together
 */
export function lowerFunction(
  { fn, inputs, split = [], ...options }: ProgramDefinition,
  precision: Precision,
  devices: number,
): StableHloProgram {
  const graph: Graph = simplify(traceFunction(fn, inputs, options))
  const program = {
    text: lowerToStableHlo(graph, { precision }),
    inputs: graph.inputs.map(specOf),
    outputs: graph.outputs.map(specOf),
  }
  if (devices === 1) return program
  // Constants have left the program's inputs: those behind them moved up.
  const moved = inputs.flatMap((_, position) => (options.constants?.has(position) ? [] : [position]))
  const positions = split.map((position) => moved.indexOf(position)).filter((position) => position >= 0)
  return { ...program, text: partition(program.text, program.inputs, positions, devices) }
}
