import { execFileSync } from 'node:child_process'
import { existsSync, renameSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** The script of io-steps.ts, built. */
const STEPS = 'bench/build/io-steps.js'

/** Pictures of Galaxy10 DECaLS, and of four of its rows of chunks, which are enough for a rate. */
export const GALAXY10_COUNT = 17_736
export const FOUR_SLABS = 2_220

interface Step {
  readonly count: number
  /** Of all threads. */
  readonly cpuSeconds: number
  /** Highest resident memory of the process. */
  readonly peakResidentMiB: number
}

export interface Hdf5ToCache extends Step {
  readonly seconds: number
  readonly imagesPerSecond: number
}

export interface RandomBatches extends Step {
  /** While each picture's checksum is checked for the first time. */
  readonly imagesPerSecondFirst: number
  /** When all pictures have been checked. */
  readonly imagesPerSecond: number
}

/** A file stored like Galaxy10 DECaLS, in the system's folder for temporary files; written where it is not there yet. */
function galaxy10Shaped(count: number): string {
  const file = join(tmpdir(), `puregalaxy-bench-${count}.h5`)
  if (!existsSync(file)) {
    runStep('write', `${file}.part`, count)
    renameSync(`${file}.part`, file)
  }
  return file
}

/** Decodes pictures of 256 px, stored in gzipped chunks of (555, 16, 16, 1), into the flat cache. */
export async function benchHdf5ToCache(count = FOUR_SLABS): Promise<Hdf5ToCache> {
  const file = galaxy10Shaped(count)
  await removeCache(file)
  return runStep('cache', file, count)
}

/** Reads random batches of 128 pictures of 256 px from the flat cache, whose pages are in memory. */
export function benchRandomBatches(count = FOUR_SLABS): RandomBatches {
  return runStep('batches', galaxy10Shaped(count), count)
}

/** Removes what the measurements have written. */
export async function removeBenchFiles(count = FOUR_SLABS): Promise<void> {
  const file = galaxy10Shaped(count)
  await removeCache(file)
  await rm(file, { force: true })
}

async function removeCache(file: string): Promise<void> {
  for (const name of await readdir(dirname(file))) {
    if (name.startsWith(`${basename(file)}.`) && name.endsWith('.pgcache'))
      await rm(join(dirname(file), name))
  }
}

function runStep<Result>(step: string, file: string, count: number): Result {
  return JSON.parse(
    execFileSync(process.execPath, [STEPS, step, file, String(count)], { encoding: 'utf8' }),
  ) as Result
}
