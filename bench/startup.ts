import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { type Summary, summarise } from './statistics.ts'
import { picturesOf } from './works.ts'

const CLI = 'dist/cli/main.js'

/** Seconds from start to end of a command, and of Node doing nothing, taken in turns. */
export interface StartUp {
  readonly command: string
  readonly seconds: Summary
  readonly bareNode: Summary
  /** Of the medians. */
  readonly ratio: number
  /** Largest ratio asked for. */
  readonly ceiling: number
}

/** A command that could not be run, and why. */
export interface SkippedStartUp {
  readonly command: string
  readonly skipped: string
}

/** Times `--help`, and `classify` of one picture after a first run has filled the cache. */
export async function measureStartUp(runs: number): Promise<(StartUp | SkippedStartUp)[]> {
  const folder = await mkdtemp(join(tmpdir(), 'puregalaxy-bench-'))
  try {
    const picture = join(folder, 'galaxy.png')
    await sharp(picturesOf(1, 128), { raw: { width: 128, height: 128, channels: 3 } }).toFile(picture)
    const classify = [
      'classify',
      picture,
      '--model',
      'small',
      '--out',
      join(folder, 'predictions.csv'),
      '--force',
    ]
    return [
      compare('--help', ['--help'], runs, 5),
      compare('classify, one picture, second run', classify, runs, 25),
    ]
  } finally {
    await rm(folder, { recursive: true })
  }
}

function compare(
  command: string,
  args: readonly string[],
  runs: number,
  ceiling: number,
): StartUp | SkippedStartUp {
  const first = run([CLI, ...args])
  if (first.failure !== undefined) return { command, skipped: first.failure }
  const times: number[] = []
  const bare: number[] = []
  for (let turn = 0; turn < runs; turn++) {
    bare.push(run(['-e', '0']).seconds)
    times.push(run([CLI, ...args]).seconds)
  }
  const [seconds, bareNode] = [summarise(times), summarise(bare)]
  return { command, seconds, bareNode, ratio: seconds.median / bareNode.median, ceiling }
}

function run(args: readonly string[]): { seconds: number; failure: string | undefined } {
  const before = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  const seconds = (performance.now() - before) / 1000
  return { seconds, failure: status === 0 ? undefined : stderr.trim() || `exit code ${status}` }
}
