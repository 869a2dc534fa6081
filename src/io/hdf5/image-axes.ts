import { PureGalaxyError } from '../../errors.ts'
import type { Hdf5DatasetInfo, Hdf5File } from './hdf5-file.ts'
import { requireReadable } from './readable.ts'

/** A data set of pictures: which axis is which, and how much of each a chunk holds. */
export interface ImageAxes {
  readonly name: string
  readonly count: number
  readonly height: number
  readonly width: number
  /** (N, H, W, 3) or (N, 3, H, W). */
  readonly layout: 'NHWC' | 'NCHW'
  /** Extent of a chunk; that of the whole data set where it is stored in one piece. */
  readonly chunk: {
    readonly rows: number
    readonly height: number
    readonly width: number
    readonly channels: number
  }
}

/** Deflate compresses no better than 1032:1: what claims more than that lies, or was never written. */
const HIGHEST_COMPRESSION = 1032

/** Longest side of a picture, and bytes of one, that are taken for a picture. */
const LONGEST_SIDE = 16_384

/**
 * Checks that a data set holds 8-bit RGB pictures that can be read, and finds out how they lie.
 *
 * @throws PureGalaxyError `io.hdf5.shape`, `io.hdf5.type`, `io.hdf5.empty`, `io.hdf5.size`, `io.hdf5.filter`, `io.hdf5.virtual`
 */
export function imageAxes(file: Hdf5File, info: Hdf5DatasetInfo): ImageAxes {
  const { name, shape, chunks } = info
  const described = `${file.path}: the data set ${name} has shape (${shape.join(', ')})`
  const layout =
    shape.length !== 4 ? undefined : shape[3] === 3 ? 'NHWC' : shape[1] === 3 ? 'NCHW' : undefined
  if (layout === undefined) {
    throw new PureGalaxyError(
      'io.hdf5.shape',
      `${described}; (N, height, width, 3) or (N, 3, height, width) was expected. Store the pictures so.`,
    )
  }
  if (info.type !== 'uint8') {
    throw new PureGalaxyError(
      'io.hdf5.type',
      `${file.path}: the data set ${name} has type ${info.type}; uint8 was expected. Scale the pictures to 0 … 255 and store them as uint8.`,
    )
  }
  const place =
    layout === 'NHWC' ? { height: 1, width: 2, channels: 3 } : { height: 2, width: 3, channels: 1 }
  const count = shape[0]!
  const height = shape[place.height]!
  const width = shape[place.width]!
  if (count === 0 || height === 0 || width === 0) {
    throw new PureGalaxyError(
      'io.hdf5.empty',
      `${described}: it holds no pictures. At least one was expected.`,
    )
  }
  if (height > LONGEST_SIDE || width > LONGEST_SIDE) {
    throw new PureGalaxyError(
      'io.hdf5.size',
      `${described}; pictures of at most ${LONGEST_SIDE} pixels a side were expected. Cut the objects out.`,
    )
  }
  requireReadable(file, info)
  const claimed = count * height * width * 3
  if (claimed > file.bytes * HIGHEST_COMPRESSION) {
    throw new PureGalaxyError(
      'io.hdf5.size',
      `${described}, that is ${claimed} bytes, which a file of ${file.bytes} bytes cannot hold. It is damaged or was never filled: fetch or write the file again.`,
    )
  }
  const extent = chunks ?? shape
  const chunk = {
    rows: extent[0]!,
    height: extent[place.height]!,
    width: extent[place.width]!,
    channels: extent[place.channels]!,
  }
  return { name, count, height, width, layout, chunk }
}
