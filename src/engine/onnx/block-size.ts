import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { NCHWC } from './emitter.ts'
import { encodeModel } from './proto.ts'

type Runtime = { InferenceSession: typeof InferenceSession; Tensor: typeof Tensor }

let found: Promise<number> | undefined

/**
 * Channels per block of this processor's convolutions in ONNX Runtime: 16 with AVX-512, 8 with AVX, 1 where it has no
 * blocked layout. ONNX Runtime does not tell, so a reordering of numbered channels does.
 */
export function channelBlock(runtime: Runtime): Promise<number> {
  found ??= probe(runtime)
  return found
}

async function probe({ InferenceSession, Tensor }: Runtime): Promise<number> {
  const shape = [1, 16, 1, 2]
  const model = encodeModel({
    nodes: [{ type: 'ReorderInput', inputs: ['i0'], outputs: ['o0'], attributes: {}, domain: NCHWC }],
    initializers: [],
    inputs: [{ name: 'i0', dtype: 'float32', shape }],
    outputs: [{ name: 'o0', dtype: 'float32', shape }],
  })
  try {
    const session = await InferenceSession.create(model, { logSeverityLevel: 4 })
    const numbered = Float32Array.from({ length: 32 }, (_, at) => at)
    const { o0 } = await session.run({ i0: new Tensor('float32', numbered, shape) })
    await session.release()
    // Element 8 is channel 8 of the first pixel in blocks of 16, channel 0 of the second in blocks of 8.
    return o0!.data[8] === 16 ? 16 : o0!.data[8] === 1 ? 8 : 1
  } catch {
    return 1
  }
}
