import type { Hdf5File } from './hdf5-file.ts'
import type { ImageAxes } from './image-axes.ts'
import { withMemory } from './read-column.ts'

/** Pictures decoded together where chunks are low, and at most where they are high (Galaxy10's: 555 rows, 109 MB). */
const USUAL_SLAB_BYTES = 32 * 1024 * 1024
const LARGEST_SLAB_BYTES = 160 * 1024 * 1024

/**
 * Number of pictures to read at once: a multiple of the chunks' rows, so that no chunk is decompressed twice, unless one
 * row of chunks alone would take more than 160 MiB.
 */
export function slabRows({ count, height, width, chunk }: ImageAxes): number {
  const pictureBytes = height * width * 3
  const usual = Math.floor(USUAL_SLAB_BYTES / pictureBytes / chunk.rows) * chunk.rows
  const largest = Math.max(1, Math.floor(LARGEST_SLAB_BYTES / pictureBytes))
  return Math.min(count, usual || Math.min(chunk.rows, largest))
}

/**
 * Reads the pictures `first` … `first + rows − 1` as uint8 NHWC, chunk by chunk. HDF5 spreads a chunk of 16×16×1 pixels
 * over a buffer of pictures byte by byte; it is 1.6 times as fast to have it copy whole chunks and to spread all three
 * channels at once here.
 *
 * @param out rows × height × width × 3 bytes
 * @param pause called after each column of chunks, so that the event loop gets its turn
 * @throws PureGalaxyError `io.hdf5.corrupt` …
 */
export async function readSlab(
  file: Hdf5File,
  axes: ImageAxes,
  first: number,
  rows: number,
  out: Uint8Array,
  pause: () => Promise<void>,
): Promise<void> {
  const { height, width, chunk } = axes
  for (let top = 0; top < height; top += chunk.height) {
    for (let left = 0; left < width; left += chunk.width) {
      const tile = {
        first,
        rows,
        top,
        left,
        height: Math.min(chunk.height, height - top),
        width: Math.min(chunk.width, width - left),
      }
      readTile(file, axes, tile, out)
      await pause()
    }
  }
}

/** A column of chunks: some pixels of all pictures of a slab. */
interface Tile {
  readonly first: number
  readonly rows: number
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

/** Where a channel's pixels lie in a tile read from the file. */
interface ChannelPlane {
  readonly start: number
  readonly rowStride: number
  readonly lineStride: number
  readonly pixelStride: number
}

function readTile(file: Hdf5File, axes: ImageAxes, tile: Tile, out: Uint8Array): void {
  const { name, layout, chunk } = axes
  const what = `the pictures ${tile.first} … ${tile.first + tile.rows - 1} of the data set ${name} cannot be read`
  const pixels = tile.height * tile.width
  file.call(what, (functions, id) =>
    withMemory(functions, tile.rows * pixels * 3, (pointer) => {
      const planes: ChannelPlane[] = []
      for (let channel = 0; channel < 3; channel += chunk.channels) {
        const channels = Math.min(chunk.channels, 3 - channel)
        const start = pointer + channel * tile.rows * pixels
        const [offset, count] =
          layout === 'NHWC'
            ? [
                [tile.first, tile.top, tile.left, channel],
                [tile.rows, tile.height, tile.width, channels],
              ]
            : [
                [tile.first, channel, tile.top, tile.left],
                [tile.rows, channels, tile.height, tile.width],
              ]
        const status = functions.get_dataset_data(
          id,
          name,
          count.map(BigInt),
          offset.map(BigInt),
          [1n, 1n, 1n, 1n],
          BigInt(start),
        )
        if (status < 0) return status
        for (let c = 0; c < channels; c++) {
          planes.push(
            layout === 'NHWC'
              ? {
                  start: start + c,
                  rowStride: pixels * channels,
                  lineStride: tile.width * channels,
                  pixelStride: channels,
                }
              : {
                  start: start + c * pixels,
                  rowStride: pixels * channels,
                  lineStride: tile.width,
                  pixelStride: 1,
                },
          )
        }
      }
      const heap = functions.HEAPU8
      const isWhole =
        layout === 'NHWC' && chunk.channels >= 3 && tile.height === axes.height && tile.width === axes.width
      if (isWhole) out.set(heap.subarray(pointer, pointer + tile.rows * pixels * 3))
      else interleave(heap, planes, tile, axes, out)
      return 0
    }),
  )
}

function interleave(
  heap: Uint8Array,
  planes: ChannelPlane[],
  tile: Tile,
  axes: ImageAxes,
  out: Uint8Array,
): void {
  const [red, green, blue] = planes as [ChannelPlane, ChannelPlane, ChannelPlane]
  for (let row = 0; row < tile.rows; row++) {
    for (let line = 0; line < tile.height; line++) {
      let r = red.start + row * red.rowStride + line * red.lineStride
      let g = green.start + row * green.rowStride + line * green.lineStride
      let b = blue.start + row * blue.rowStride + line * blue.lineStride
      let to = ((row * axes.height + tile.top + line) * axes.width + tile.left) * 3
      const end = to + tile.width * 3
      while (to < end) {
        out[to] = heap[r]!
        out[to + 1] = heap[g]!
        out[to + 2] = heap[b]!
        to += 3
        r += red.pixelStride
        g += green.pixelStride
        b += blue.pixelStride
      }
    }
  }
}
