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

const skipped = PLUGIN_PATH ? '' : ' (skipped: PUREGALAXY_PJRT_PLUGIN names no plugin)'

describe.skipIf(!PLUGIN_PATH)(`StableHLO computes what cpu computes${skipped}`, () => {
  const cases = [...CONVOLUTIONS, ...OPERATIONS]

  it.each(cases)('$what', async ({ shapes, fn }) => {
    const { specs, inputs, want } = await reference(shapes, fn)
    const graph = traceFunction(fn, specs)
    const forAccelerators = simplify(graph, { keepInputGradients: true })
    // As traced, too: simplification rewrites gradients that the lowering also knows.
    for (const text of [
      lowerToStableHlo(graph),
      lowerToStableHlo(simplify(graph)),
      lowerToStableHlo(forAccelerators, { accelerated: true }),
    ]) {
      expectClose(await runText(text, inputs), want, TOLERANCE)
    }
  })

  // Sums of small integers are exact, so that results are known to the bit: of those, rounded once, and of nothing else.
  it.each(CONVOLUTIONS.filter((_, at) => at % 4 === 0))('in bfloat16: $what', async ({ shapes, fn }) => {
    const { specs, inputs, want } = await reference(shapes, fn, smallIntegers)
    const [pictures, ...gradients] = want.slice(1).map(({ data }) => nearestBfloat16(data))
    const dy = inputs[2]!.data
    const loss = pictures!.reduce((sum, value, at) => sum + value * dy[at]!, 0)
    for (const accelerated of [false, true]) {
      const graph = simplify(traceFunction(fn, specs), { keepInputGradients: accelerated })
      const got = await runText(lowerToStableHlo(graph, { precision: 'bfloat16', accelerated }), inputs)
      expect(got.map(({ data }) => data)).toEqual([Float32Array.of(loss), pictures, ...gradients])
    }
  })
})

const smallIntegers = (tensor: HostTensor): HostTensor => ({
  ...tensor,
  data: tensor.data.map((value) => Math.round(4 * value)),
})

/** Rounds to the nearest bfloat16, halfway to the even one. */
function nearestBfloat16(values: HostTensor['data']): Float32Array {
  const bits = new Uint32Array(Float32Array.from(values).buffer)
  return new Float32Array(bits.map((word) => (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000).buffer)
}

type Outputs = Awaited<ReturnType<typeof runText>>

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
