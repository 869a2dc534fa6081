import { Piscina } from 'piscina'
import { builtScript } from '../built-script.ts'
import { PureGalaxyError } from '../errors.ts'
import { addTally, EMPTY_TALLY } from '../noise/index.ts'
import type { NoiseTask } from './noise-worker.ts'
import { type PictureGeometry, type PreparedPictures, sameSize } from './noisy-pictures.ts'
import type { Preparation } from './preparation.ts'

/**
 * Prepares pictures in threads, so that models need not wait for them. The bytes are those of `prepareHere`, however
 * many threads there are: what is drawn for a pixel depends on nothing but its name.
 *
 * @throws from `prepare`, PureGalaxyError `robustness.pictures` with what a thread threw
 * @param threads 1 or more
 */
export function prepareInThreads(geometry: PictureGeometry, threads: number): Preparation {
  const { stored, input, pixelScales } = geometry
  const pool = new Piscina({
    filename: builtScript('robustness/noise-worker.js'),
    minThreads: threads,
    maxThreads: threads,
    // A data set's own column need not be an array that travels.
    workerData: { stored, input, ...(pixelScales && { pixelScales: Float64Array.from(pixelScales) }) },
  })
  const [from, to] = [stored, input].map(({ height, width }) => height * width * 3) as [number, number]
  return {
    async prepare(dose, pictures, indices) {
      if (dose === null && sameSize(stored, input)) return { pictures, tally: EMPTY_TALLY }
      const out = new Uint8Array(indices.length * to)
      // All pieces are on their way at once: an engine that holds this thread would keep later ones waiting.
      const step = Math.ceil(indices.length / threads)
      const firsts = Array.from({ length: Math.ceil(indices.length / step) }, (_, piece) => piece * step)
      const tallies = await Promise.all(
        firsts.map(async (first) => {
          const rows = indices.slice(first, first + step)
          const task: NoiseTask = {
            pictures: pictures.slice(first * from, (first + step) * from),
            indices: rows,
            dose: dose && { protocol: dose.protocol.name, level: dose.level, seed: dose.seed },
          }
          const prepared: PreparedPictures = await pool
            .run(task, { transferList: [task.pictures.buffer as ArrayBuffer] })
            .catch((error: Error) => {
              // On its way between threads an error loses its class.
              throw new PureGalaxyError(
                'robustness.pictures',
                `Pictures cannot be prepared: ${error.message}`,
                {
                  cause: error,
                },
              )
            })
          out.set(prepared.pictures, first * to)
          return prepared.tally
        }),
      )
      return { pictures: out, tally: tallies.reduce(addTally) }
    },
    async dispose() {
      await pool.destroy()
    },
  }
}
