import { gather, type Tensor1D, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core'
import { type Augmentation, MOVE_FIGURES, movePictures } from '../augment/index.ts'
import { EXACT_PROTOCOLS } from '../device-noise/index.ts'
import { hasPhilox } from '../engine/philox-kernel.ts'
import type { DeviceBuffer, Engine, EngineName } from '../engine/types.ts'
import { PureGalaxyError } from '../errors.ts'
import { disposeAll } from './engine-run.ts'
import { type FeedOptions, type PictureFeed, preparePictures } from './picture-feed.ts'
import { residentNoise } from './resident-noise.ts'
import { peakBytes, uploadPictures } from './resident-pictures.ts'
import { rowReplacement } from './row-replacement.ts'

/** Share of the device's free memory that pictures may take, while they are put there too: the step needs the rest. */
const SHARE = 0.5

/**
 * Whether the training pictures fit on the engine's accelerator, and what is done to them there is what the host would
 * do: which of the two it is depends on free memory, and no result may.
 *
 * @param count of training pictures
 */
export async function fitsOnDevice(
  engine: Engine,
  { dataset, augmentation: { moves, noise } }: FeedOptions,
  count: number,
): Promise<boolean> {
  if (engine.freeDeviceBytes === undefined || moves === null) return false
  if (noise !== null && !EXACT_PROTOCOLS.has(noise.protocol.name)) return false
  return peakBytes(dataset, count) < SHARE * (await engine.freeDeviceBytes())
}

/**
 * The moves of an augmentation whose pictures an engine can prepare.
 *
 * @throws PureGalaxyError `train.data-on-device` where only the host can: pictures are redrawn or resized, or made noisy and
 *   the engine's programs draw no random numbers
 */
export function residentMoves(
  engine: EngineName,
  { moves, noise }: Augmentation,
): NonNullable<Augmentation['moves']> {
  if (moves === null) {
    throw new PureGalaxyError(
      'train.data-on-device',
      'Pictures that are redrawn or resized in training are prepared on the host: leave out --data-on-device, or train ' +
        'without redrawing and resized crops.',
    )
  }
  if (noise !== null && !hasPhilox(engine)) {
    throw new PureGalaxyError(
      'train.data-on-device',
      `Noise is drawn on the host where the engine is ${engine}: leave out --data-on-device, train without --noise, or ` +
        'take another engine, such as xla.',
    )
  }
  return moves
}

/**
 * Keeps the training pictures where the engine computes. A batch is then a few numbers: its indices, its noise and its
 * moves. What comes of them is, bit for bit, what `hostFeed` gives, but for the noise of `exposure`: it is computed in
 * single precision (docs/noise.md). What a program has no form for comes from the host.
 *
 * @param rows pictures of the data set that a batch may name
 * @throws PureGalaxyError `train.data-on-device` as {@link residentMoves}; what the engine throws where they do not fit
 */
export async function residentFeed(
  engine: Engine,
  options: FeedOptions,
  rows: Uint32Array,
  signal?: AbortSignal,
): Promise<PictureFeed> {
  const { dataset, batchSize, augmentation } = options
  const { height, width } = dataset
  const moves = residentMoves(engine.name, augmentation)
  const noise = residentNoise(augmentation.noise, { batchSize, height, width })
  const data = await uploadPictures(engine, dataset, rows, noise.look, signal)
  const tables: DeviceBuffer[] = []
  try {
    for (const table of noise.tables()) tables.push(await engine.upload(table))
    const program = await engine.compile(
      ([pictures, places, figures, ...rest]) => {
        const [noisy] = noise.fn([gather(pictures as Tensor4D, places as Tensor1D), ...rest])
        return [movePictures(noisy as Tensor4D, figures as Tensor2D)]
      },
      [
        data.spec,
        { shape: [batchSize], dtype: 'int32' },
        { shape: [batchSize, MOVE_FIGURES], dtype: 'int32' },
        ...noise.inputs,
      ],
      { outputTypes: ['uint8'] },
    )
    const places = new Int32Array(dataset.length)
    for (const [place, row] of rows.entries()) places[row] = place
    const replacement = rowReplacement(engine, [batchSize, height, width, 3])
    return {
      ahead: 1,
      async pictures(indices, epoch) {
        const { inputs, onHost } = noise.figures(indices, epoch)
        const some = Uint32Array.from(onHost, (row) => indices[row]!)
        const drawn = onHost.length === 0 ? null : await preparePictures(options, some, epoch)
        const [batch] = await program.run([
          data,
          { shape: [batchSize], dtype: 'int32', data: Int32Array.from(indices, (row) => places[row]!) },
          { shape: [batchSize, MOVE_FIGURES], dtype: 'int32', data: moves(height, width, epoch, indices) },
          ...tables,
          ...inputs,
        ])
        return drawn === null ? batch! : replacement.run(batch!, drawn.data, onHost)
      },
      async dispose() {
        await replacement.dispose()
        program.dispose()
        disposeAll([data, ...tables])
      },
    }
  } catch (error) {
    disposeAll([data, ...tables])
    throw error
  }
}
