import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { build } from 'tsdown'
import { beforeAll, expect, it, vi } from 'vitest'
import { CommandContext } from '../../cli/context.ts'
import { tellWhatStoppingWaitsFor } from '../../cli/interruption.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const outDir = join(import.meta.dirname, '../../node_modules/.cache/puregalaxy-test-interruption')

beforeAll(() =>
  build({
    entry: { process: join(import.meta.dirname, 'interrupted-process.ts') },
    outDir,
    format: 'esm',
    platform: 'node',
    dts: false,
    config: false,
    logLevel: 'error',
  }),
)

/** Starts the process and says what it printed and how it ended. */
function start(before: number, after: number) {
  const child = spawn(process.execPath, [join(outDir, 'process.js'), String(before), String(after)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  const ended = new Promise<{ out: string; code: number | null; signal: string | null }>((done) => {
    child.once('close', (code, signal) => done({ out, code, signal }))
  })
  const printed = (word: string) => vi.waitUntil(() => out.includes(word), { timeout: 30_000, interval: 10 })
  return { child, ended, printed }
}

const interrupt = (child: ChildProcess) => child.kill('SIGINT')

it('one Ctrl-C lets the command put its files in order', async () => {
  const { child, ended, printed } = start(0, 100)
  await printed('started')
  interrupt(child)
  expect(await ended).toMatchObject({ out: 'started\nseen\nin order\n', signal: null })
})

it('a second one ends the process at once, in the middle of a computation', async () => {
  const { child, ended, printed } = start(0, 50_000)
  await printed('started')
  interrupt(child)
  await printed('seen')
  interrupt(child)
  expect(await ended).toEqual({ out: 'started\nseen\n', code: null, signal: 'SIGINT' })
})

it('two within one computation end the process when it is over', async () => {
  const { child, ended, printed } = start(1500, 0)
  await printed('started')
  interrupt(child)
  await setTimeout(200)
  interrupt(child)
  expect(await ended).toEqual({ out: 'started\n', code: 130, signal: null })
})

it('a command that is still at work a second after Ctrl-C says what it waits for, and how to end at once', async () => {
  const interruption = new AbortController()
  let err = ''
  const terminal = {
    out: () => {},
    flushed: async () => {},
    err: (text: string) => {
      err += text
    },
    interactive: false,
    columns: 100,
    signal: interruption.signal,
  }
  tellWhatStoppingWaitsFor(new CommandContext(terminal, { json: false, debug: false }))
  interruption.abort()
  await setTimeout(500)
  expect(err).toBe('')
  await vi.waitUntil(() => err !== '')
  expect(err).toMatch(/^stopping after what is being done now; a second Ctrl-C ends at once\n$/)
})
