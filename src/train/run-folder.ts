import { appendFile, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PureGalaxyError } from '../errors.ts'
import { fileError } from '../io/file-errors.ts'
import { writeFileAtomic } from '../io/index.ts'
import { type FileLock, lockFile } from '../io/lock-file.ts'
import { makeFolder } from '../make-folder.ts'
import type { EpochSummary, StepSummary } from './options.ts'
import { type RunRows, writeRows } from './rows.ts'
import type { RunConfig } from './run-config.ts'
import { runFiles } from './run-files.ts'

/** A line of metrics.ndjson. */
export type MetricsLine = StepSummary | EpochSummary

/**
 * Keeps other processes from writing to a run's folder, which must be there; a lock that a killed one left is taken over.
 * @throws PureGalaxyError `io.in-use` while another run writes to it
 */
export async function lockRunFolder(folder: string): Promise<FileLock> {
  try {
    return await lockFile(join(folder, 'run.lock'), folder)
  } catch (error) {
    throw fileError(error, folder)
  }
}

/** Makes a folder for a run, and locks it. @throws PureGalaxyError `io.in-use` while another run writes to it */
export async function makeRunFolder(folder: string): Promise<FileLock> {
  try {
    await makeFolder(folder)
  } catch (error) {
    throw fileError(error, folder)
  }
  return lockRunFolder(folder)
}

/**
 * Writes the first files into a locked folder, in place of what an older run without a configuration left; the configuration comes last, so that where it is, the others are.
 * @throws PureGalaxyError `train.run-exists` when a run is there already
 */
export async function beginRun(folder: string, config: RunConfig, rows: RunRows): Promise<void> {
  const files = runFiles(folder)
  await refuseExistingRun(folder)
  for (const stale of [files.last, files.best, files.report, files.metrics]) await removeFile(stale)
  await writeFileAtomic(files.metrics, '')
  await writeRows(files.rows, rows)
  await writeFileAtomic(files.config, `${JSON.stringify(config, null, 2)}\n`)
}

/** Removes what a killed run was writing under temporary names. */
export async function removeTemporaryFiles(folder: string): Promise<void> {
  const names = Object.values(runFiles('')).join('|').replaceAll('.', '\\.')
  const temporary = new RegExp(`^\\.(${names})\\.\\d+-[0-9a-f]+\\.tmp$`)
  for (const name of await readdir(folder))
    if (temporary.test(name)) await rm(join(folder, name), { force: true })
}

/** @throws PureGalaxyError `train.run-exists` when the folder holds a run */
export async function refuseExistingRun(folder: string): Promise<void> {
  if ((await readIfThere(runFiles(folder).config)) === undefined) return
  throw new PureGalaxyError(
    'train.run-exists',
    `${folder} holds a run already. Go on with it (puregalaxy resume ${folder}), or choose another folder.`,
  )
}

/** @throws PureGalaxyError `train.no-run`, `train.config` */
export async function readRunConfig(folder: string): Promise<RunConfig> {
  const path = runFiles(folder).config
  const text = await readIfThere(path)
  if (text === undefined)
    throw new PureGalaxyError(
      'train.no-run',
      `${folder} holds no run: there is no config.json. Name the folder that "puregalaxy train --out" wrote.`,
    )
  let config: unknown
  try {
    config = JSON.parse(text)
  } catch (cause) {
    throw new PureGalaxyError(
      'train.config',
      `${path} is not valid JSON. It must stay as the run wrote it.`,
      { cause },
    )
  }
  const version =
    typeof config === 'object' && config !== null && 'formatVersion' in config && config.formatVersion
  if (version !== 1)
    throw new PureGalaxyError(
      'train.config',
      `${path} is not a configuration that this version of puregalaxy reads (formatVersion ${String(version)}, expected 1).`,
    )
  return config as RunConfig
}

/** Appends lines, whole: one write. */
export async function appendMetrics(path: string, lines: readonly MetricsLine[]): Promise<void> {
  if (lines.length === 0) return
  try {
    await appendFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  } catch (error) {
    throw fileError(error, path)
  }
}

/** The whole lines of a metrics file; a torn last line of a killed run is left out. No file: no lines. */
export async function readMetrics(path: string): Promise<MetricsLine[]> {
  const text = (await readIfThere(path)) ?? ''
  const lines: MetricsLine[] = []
  for (const line of text.split('\n')) {
    if (line === '') continue
    try {
      lines.push(JSON.parse(line) as MetricsLine)
    } catch {
      break
    }
  }
  return lines
}

/**
 * Takes back what a killed run logged after its last checkpoint: the resumed run will write it again.
 * @param step optimiser steps, and `epochs` validated epochs, that the checkpoint holds
 */
export async function rewindMetrics(path: string, step: number, epochs: number): Promise<void> {
  const lines = await readMetrics(path)
  const kept = lines.filter((line) => (line.kind === 'step' ? line.step <= step : line.epoch <= epochs))
  await writeFileAtomic(path, kept.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
  } catch (error) {
    throw fileError(error, path)
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw fileError(error, path)
  }
}
