import { type Tensor, tensor, tidy } from '@tensorflow/tfjs-core'
import { type MeasuredModel, modelCard } from '../../classify/model-card.ts'
import { summarise } from '../../classify/prediction.ts'
import { PureGalaxyError } from '../../errors.ts'
import { decodeSafetensors } from '../../io/safetensors.ts'
import { createModel } from '../../model/model.ts'
import { decodeModelFile } from '../../model/model-file.ts'
import { softmaxRows } from '../../train/metrics.ts'
import { inferenceProgram } from '../../train/programs.ts'
import type { ServedModel } from '../served-model.ts'

/**
 * A model file on TensorFlow.js, which must have been started. Pictures run one by one, each in one go: nothing else of the
 * thread goes on meanwhile.
 *
 * @param name what answers call it
 * @param file the bytes of a model file, such as weights/small.safetensors
 * @param measured what its card says besides what the file does, such as weights/small.card.json
 * @throws PureGalaxyError `io.…` for a damaged file, `model.…` for one that holds no model
 */
export function openEdgeModel(
  name: string,
  file: ArrayBuffer | Uint8Array,
  measured?: MeasuredModel,
): ServedModel {
  const bytes = file instanceof Uint8Array ? file : new Uint8Array(file)
  const { config, parameters, statistics, metadata } = decodeModelFile(decodeSafetensors(bytes, name), name)
  const [height, width, channels] = config.inputSize
  const size = height * width * channels
  const { fn } = inferenceProgram(createModel(config), metadata.normalisation, 1)
  const weights = [...parameters, ...statistics].map(({ data, shape }) =>
    tensor(data as Float32Array, [...shape], 'float32'),
  )

  function logits(picture: Uint8Array): Float32Array {
    return tidy(() => {
      const pixels: Tensor = tensor(Int32Array.from(picture), [1, height, width, channels], 'int32')
      return fn([...weights, pixels])[0]!.dataSync() as Float32Array
    })
  }

  return {
    name,
    version: metadata.version,
    classes: metadata.classes,
    inputSize: config.inputSize,
    engine: 'wasm',
    card: modelCard({ config, metadata }, measured),
    async predict(pictures) {
      const count = pictures.length / size
      if (!Number.isInteger(count))
        throw new PureGalaxyError(
          'train.size',
          `${name} takes pictures of ${height}×${width}×3 bytes; ${pictures.length} bytes are no whole number of them.`,
        )
      return Array.from({ length: count }, (_, at) => {
        const answer = logits(pictures.subarray(at * size, (at + 1) * size))
        const probabilities = softmaxRows(answer, config.classes, metadata.temperature ?? 1)
        return summarise(probabilities, metadata.classes.slugs)
      })
    },
  }
}
