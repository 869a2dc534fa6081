import { type HostTensor, openEngine } from '../../src/engine/index.ts'
import { RandomStream } from '../../src/random/index.ts'
import { randomTensor, relativeDistance } from '../../test/engine/agreement.ts'
import {
  compareLogits,
  compareTraining,
  largestDifference,
  NETWORKS,
} from '../../test/engine/network-parity.ts'
import { CONVOLUTIONS, OPERATIONS } from '../../test/engine/operation-cases.ts'

/** What the tests of the engines allow, of single operations and of whole networks. */
const TOLERANCES = { operation: 1e-5, network: 1e-4 } as const

interface Row {
  readonly what: string
  readonly distance: number
  readonly tolerance: number
  readonly message?: string
}

/**
 * The engines' parity suite on this machine's device, in float32, against TensorFlow.js `cpu`.
 *
 * @param networks how many of its networks; the reference takes most of a minute for some
 */
export async function parityFigures(networks: number): Promise<object> {
  const [engine, reference] = [await openEngine('xla'), await openEngine('cpu')]
  const rows: Row[] = []
  const add = async (what: string, tolerance: number, measure: () => Promise<number>) => {
    process.stderr.write(`${what}\n`)
    try {
      rows.push({ what, tolerance, distance: await measure() })
    } catch (error) {
      rows.push({ what, tolerance, distance: Number.NaN, message: String(error) })
    }
  }
  for (const { what, shapes, fn } of [...CONVOLUTIONS, ...OPERATIONS]) {
    await add(what, TOLERANCES.operation, async () => {
      const stream = new RandomStream(5)
      const inputs = shapes.map((shape) => randomTensor(stream, shape))
      const specs = inputs.map(({ shape, dtype }) => ({ shape, dtype }))
      const outputs: HostTensor[][] = []
      for (const one of [engine, reference]) {
        const program = await one.compile(fn, specs)
        outputs.push(await Promise.all((await program.run(inputs)).map((output) => output.read())))
        program.dispose()
      }
      return Math.max(...outputs[0]!.map((got, at) => relativeDistance(got, outputs[1]![at]!)))
    })
  }
  for (const network of NETWORKS.slice(0, networks)) {
    const what = `${network.name} at ${network.inputSize.join('×')}, batch ${network.batch}`
    await add(`${what}: logits`, TOLERANCES.network, () => compareLogits(engine, reference, network))
    await add(
      `${what}: three steps of training`,
      TOLERANCES.network,
      async () => largestDifference(await compareTraining(engine, reference, network)).distance,
    )
  }
  const failed = rows.filter(({ distance, tolerance }) => !(distance <= tolerance))
  return { device: engine.devices, compared: rows.length, failed, rows }
}
