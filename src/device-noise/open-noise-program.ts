import type { NoiseProtocol, ProtocolName } from '../noise/index.ts'
import { additiveForm } from './additive-form.ts'
import { batchKey, batchKeySpec, batchKeyTensor } from './batch-key.ts'
import { countsForm } from './counts-form.ts'
import { exposureForm } from './exposure-form.ts'
import type { NoiseForm } from './noise-form.ts'
import type { BatchShape, NoiseProgram } from './noise-program.ts'

const FORMS: Readonly<Record<ProtocolName, (shape: BatchShape, protocol: NoiseProtocol) => NoiseForm>> = {
  counts: countsForm,
  additive: additiveForm,
  exposure: exposureForm,
}

/** Those whose programs give the host's bytes; `exposure` computes in single precision. */
export const EXACT_PROTOCOLS: ReadonlySet<ProtocolName> = new Set(['counts', 'additive'])

/**
 * A protocol's noise for an engine to compile: each picture of a batch gets a level and a seed of its own, or none.
 *
 * @example
 * const noise = openNoiseProgram(openProtocol('counts'), { batchSize: 1, height: 64, width: 64 })
 * const spec = { shape: [1, 64, 64, 3], dtype: 'uint8' }
 * const program = await engine.compile(noise.fn, [spec, ...noise.inputs], { outputTypes: ['uint8'] })
 * const { numbers } = noise.measure(picture)
 * const dosed = { index: 7, numbers, pixelScale: Number.NaN, dose: { level: 12, seed: 1 } }
 * const { inputs } = noise.figures([dosed])
 * const [noisy] = await program.run([{ ...spec, data: picture }, ...noise.tables(), ...inputs])
 */
export function openNoiseProgram(protocol: NoiseProtocol, shape: BatchShape): NoiseProgram {
  const { batchSize } = shape
  const { draw, tableSpecs, figureSpecs, measure, tables, figures } = FORMS[protocol.name](shape, protocol)
  return {
    fn([pictures, ...rest]) {
      const [keys, ...own] = rest.slice(tableSpecs.length)
      return [draw(pictures!, batchKey(keys!), rest.slice(0, tableSpecs.length), own)]
    },
    inputs: [...tableSpecs, batchKeySpec(batchSize), ...figureSpecs],
    measure,
    tables,
    figures(pictures) {
      const { inputs, onHost } = figures(pictures)
      return { inputs: [batchKeyTensor(protocol.name, pictures, batchSize), ...inputs], onHost }
    },
  }
}
