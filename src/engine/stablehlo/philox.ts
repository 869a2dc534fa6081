import type { StableHloEmitter, Value } from './emitter.ts'

/** As in src/random/philox.ts. */
const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const
const WEYL = [0x9e3779b9, 0xbb67ae85] as const
const ROUNDS = 10

/**
 * Philox4x32-10, unsigned words of 32 bits with products of 64. The halves come last, on an axis of their own.
 *
 * @param operands c0, c1, c2, c3, k0, k1: int32, whose shapes broadcast
 * @param shape of the result: the broadcast shape and 8
 */
export function philox(emit: StableHloEmitter, shape: readonly number[], operands: readonly Value[]): Value {
  const block = shape.slice(0, -1)
  const word = (value: number) => emit.broadcast(emit.integer(value, 'uint32'), block)
  const wide = (value: number) => emit.broadcast(emit.integer(value, 'uint64'), block)
  const words = operands.map((operand) =>
    emit.op({
      name: 'bitcast_convert',
      operands: [emit.broadcast(operand, block)],
      shape: block,
      dtype: 'uint32',
    }),
  )
  let [x0, x1, x2, x3, key0, key1] = words as [Value, Value, Value, Value, Value, Value]
  const high = (x: Value, multiplier: number) => {
    const product = emit.like('multiply', emit.convert(x, 'uint64'), wide(multiplier))
    return emit.convert(emit.like('shift_right_logical', product, wide(32)), 'uint32')
  }
  for (let round = 0; round < ROUNDS; round++) {
    const next0 = emit.like('xor', emit.like('xor', high(x2, MULTIPLIERS[1]), x1), key0)
    const next2 = emit.like('xor', emit.like('xor', high(x0, MULTIPLIERS[0]), x3), key1)
    x1 = emit.like('multiply', x2, word(MULTIPLIERS[1]))
    x3 = emit.like('multiply', x0, word(MULTIPLIERS[0]))
    x0 = next0
    x2 = next2
    key0 = emit.like('add', key0, word(WEYL[0]))
    key1 = emit.like('add', key1, word(WEYL[1]))
  }
  const halves = [x0, x1, x2, x3].flatMap((x) => [
    emit.like('shift_right_logical', x, word(16)),
    emit.like('and', x, word(0xffff)),
  ])
  return emit.op({
    name: 'concatenate',
    operands: halves.map((half) => emit.reshape(emit.convert(half, 'int32'), [...block, 1])),
    shape,
    dtype: 'int32',
    attributes: { dimension: `${block.length} : i64` },
  })
}
