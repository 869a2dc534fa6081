import { describe, expect, it } from 'vitest'
import { simplify } from '../../../src/engine/graph/simplify.ts'
import { type HostTensor, openEngine } from '../../../src/engine/index.ts'
import { lowerToStableHlo } from '../../../src/engine/stablehlo/lower.ts'
import { traceFunction } from '../../../src/engine/trace/trace.ts'
import { RandomStream } from '../../../src/random/index.ts'
import { randomTensor, relativeDistance } from '../agreement.ts'
import { CONVOLUTIONS, OPERATIONS, type OperationCase } from '../operation-cases.ts'
import { PLUGIN_PATH, runText } from '../xla/run-text.ts'

/** One operation at a time, StableHLO through the plugin against TensorFlow.js `cpu`, as a part of max|reference|. */
const TOLERANCE = 1e-5

/** Pictures, their loss and its gradients: a few roundings to bfloat16 after one another, each of 2⁻⁸ at most. */
const BFLOAT16_TOLERANCE = 4 * 2 ** -8

const skipped = PLUGIN_PATH ? '' : ' (skipped: PUREGALAXY_PJRT_PLUGIN names no plugin)'

describe.skipIf(!PLUGIN_PATH)(`StableHLO computes what cpu computes${skipped}`, () => {
  const cases = [...CONVOLUTIONS, ...OPERATIONS]

  it.each(cases)('$what', async ({ shapes, fn }) => {
    const { specs, inputs, want } = await reference(shapes, fn)
    const graph = traceFunction(fn, specs)
    const forAccelerators = simplify(graph, { keepInputGradients: true })
    for (const text of [
      lowerToStableHlo(simplify(graph)),
      lowerToStableHlo(forAccelerators, { accelerated: true }),
    ]) {
      expectClose(await runText(text, inputs), want, TOLERANCE)
    }
  })

  // Of numbers that bfloat16 holds exactly: what is off comes of rounding results.
  it.each(CONVOLUTIONS.filter((_, at) => at % 4 === 0))('in bfloat16: $what', async ({ shapes, fn }) => {
    const { specs, inputs, want } = await reference(shapes, fn, keepBfloat16)
    for (const accelerated of [false, true]) {
      const graph = simplify(traceFunction(fn, specs), { keepInputGradients: accelerated })
      const got = await runText(lowerToStableHlo(graph, { precision: 'bfloat16', accelerated }), inputs)
      expectClose(got, want, BFLOAT16_TOLERANCE)
      expect(relativeDistance(got[0]!, want[0]!), 'rounded at all').toBeGreaterThan(1e-5)
    }
  })
})

type Outputs = Awaited<ReturnType<typeof runText>>

/** Cuts the lower half of a float32, which leaves a bfloat16. */
function keepBfloat16(tensor: HostTensor): HostTensor {
  const bits = new Uint32Array(tensor.data.buffer).map((word) => word & 0xffff0000)
  return { ...tensor, data: new Float32Array(bits.buffer) }
}

async function reference(
  shapes: OperationCase['shapes'],
  fn: OperationCase['fn'],
  prepare = (tensor: HostTensor) => tensor,
) {
  const engine = await openEngine('cpu')
  const specs = shapes.map((shape) => ({ shape, dtype: 'float32' as const }))
  const stream = new RandomStream(11)
  const inputs = shapes.map((shape) => prepare(randomTensor(stream, shape)))
  const program = await engine.compile(fn, specs)
  const want = await Promise.all((await program.run(inputs)).map((output) => output.read()))
  return { specs, inputs, want }
}

function expectClose(got: Outputs, want: Outputs, tolerance: number): void {
  expect(got.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
    want.map(({ shape, dtype }) => ({ shape, dtype })),
  )
  got.forEach((tensor, position) => {
    expect(relativeDistance(tensor, want[position]!), `output ${position}`).toBeLessThan(tolerance)
  })
}
