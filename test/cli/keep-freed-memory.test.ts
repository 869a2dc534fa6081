import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { findPlugin } from '../../src/engine/xla/find-plugin.ts'
import { MEMORY_SETTINGS } from '../../src/engine/xla/memory-settings.ts'
import { BUILT } from './run-cli.ts'

const plugin = await findPlugin('cpu')
const skip = process.platform !== 'linux' || 'reason' in plugin || !existsSync(BUILT)

/** The environment of a running process, once `wanted` is in it or the process has ended. */
async function environmentOf(child: ChildProcess, wanted: string): Promise<string[]> {
  let variables: string[] = []
  while (child.exitCode === null && !variables.includes(wanted)) {
    variables = (await readFile(`/proc/${child.pid}/environ`, 'utf8').catch(() => '')).split('\0')
    await setTimeout(5)
  }
  return variables
}

describe.skipIf(skip)("memory settings for XLA's CPU plugin (skipped without it, or not built)", () => {
  const args = ['engine', 'bench', 'xla', '--size', '8', '--batch', '2', '--json']
  const start = (env: NodeJS.ProcessEnv) =>
    spawn(process.execPath, [BUILT, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    })

  it('are given to a command that starts anew: same process, same output, same exit code', async () => {
    const child = start({})
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    const ended = once(child, 'close')
    const [name, value] = Object.entries(MEMORY_SETTINGS)[0]!
    const variables = await environmentOf(child, `${name}=${value}`)
    for (const [setting, wanted] of Object.entries(MEMORY_SETTINGS))
      expect(variables).toContain(`${setting}=${wanted}`)
    expect(await ended).toEqual([0, null])
    expect(JSON.parse(out).engines[0]).toMatchObject({ engine: 'xla', error: null })
  })

  it('stay as the user has set one of them', async () => {
    const child = start({ MALLOC_ARENA_MAX: '3', PUREGALAXY_PJRT_PLUGIN: '' })
    const ended = once(child, 'close')
    await setTimeout(1500)
    const variables = await environmentOf(child, 'MALLOC_ARENA_MAX=3')
    expect(variables.filter((variable) => variable.startsWith('MALLOC_MMAP_MAX_'))).toEqual([])
    expect(await ended).toEqual([0, null])
  })
})
