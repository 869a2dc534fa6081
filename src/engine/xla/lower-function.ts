import { formatSpec } from '../buffers.ts'
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
  { fn, inputs, split = [], donated = [], ...options }: ProgramDefinition,
  precision: Precision,
  devices: number,
): StableHloProgram {
  const graph: Graph = simplify(traceFunction(fn, inputs, options))
  const signature = { inputs: graph.inputs.map(specOf), outputs: graph.outputs.map(specOf) }
  // Constants have left the program's inputs: those behind them moved up.
  const left = inputs.flatMap((_, position) => (options.constants?.has(position) ? [] : [position]))
  const moved = (positions: readonly number[]) =>
    positions.map((position) => left.indexOf(position)).filter((position) => position >= 0)
  const text = lowerToStableHlo(graph, { precision, donated: takeOver(signature, moved(donated)) })
  return {
    ...signature,
    text: devices === 1 ? text : partition(text, signature.inputs, moved(split), devices),
  }
}

/** Gives each donated input's memory to the first output of its shape and type that has none yet. */
function takeOver(
  { inputs, outputs }: Omit<StableHloProgram, 'text'>,
  donated: readonly number[],
): Map<number, number> {
  const free = new Map<string, number[]>()
  outputs.forEach((spec, position) => {
    const alike = free.get(formatSpec(spec))
    if (alike) alike.push(position)
    else free.set(formatSpec(spec), [position])
  })
  const pairs = new Map<number, number>()
  for (const position of donated) {
    const output = free.get(formatSpec(inputs[position]!))?.shift()
    if (output !== undefined) pairs.set(position, output)
  }
  return pairs
}
