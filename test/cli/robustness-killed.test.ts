import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { BUILT, runProcess } from './run-cli.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregalaxy-report-'))
  const data = join(folder, 'galaxies.h5')
  expect((await runProcess(['simulate', '--count', '40', '--size', '64', '--out', data])).code).toBe(0)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const ARGS = [
  'robustness',
  'small',
  '../galaxies.h5',
  '--protocol',
  'exposure,counts',
  '--seeds',
  '2',
  '--out',
  'report',
]

async function passesIn(cwd: string): Promise<number> {
  const names = await readdir(join(cwd, 'report')).catch(() => [])
  const journal = names.find((name) => name.endsWith('.ndjson'))
  if (journal === undefined) return 0
  return (await readFile(join(cwd, 'report', journal), 'utf8')).split('\n').length - 2
}

it('a report that was killed, twice, goes on and ends in the same files', async () => {
  const [whole, killed] = ['whole', 'killed'].map((name) => join(folder, name)) as [string, string]
  await mkdir(whole)
  await mkdir(killed)
  expect((await runProcess(ARGS, { cwd: whole })).code).toBe(0)
  for (const wanted of [3, 9]) {
    const child = spawn(process.execPath, [BUILT, ...ARGS], { cwd: killed, stdio: 'ignore' })
    const ended = once(child, 'exit')
    while ((await passesIn(killed)) < wanted && child.exitCode === null) await setTimeout(5)
    child.kill('SIGKILL')
    expect(await ended).toEqual([null, 'SIGKILL'])
  }
  const found = await passesIn(killed)
  const resumed = await runProcess(ARGS, { cwd: killed })
  expect([resumed.code, resumed.err]).toEqual([0, expect.stringContaining(`${found} passes are there`)])
  for (const name of ['results.json', 'results.csv', 'results.tex', 'index.html'])
    expect(await readFile(join(killed, 'report', name), 'utf8')).toBe(
      await readFile(join(whole, 'report', name), 'utf8'),
    )
}, 240_000)
