import { spawn } from 'node:child_process'
import type { EngineName } from '../../src/engine/index.ts'
import type { SelfTest } from '../../src/engine/install/self-test.ts'
import { PureGalaxyError } from '../../src/errors.ts'

/** An accelerator's first program can take a minute: libraries are read, its driver starts. */
const TIME_LIMIT = 300_000

/**
 * Runs `puregalaxy engine test` in a process of its own: a plugin that does not fit the machine can end the process that
 * loads it, and that must not be the one that is installing.
 *
 * @param env environment variables beside this process's own
 * @throws PureGalaxyError `engine.self-test` with what the engine said; what made `signal` abort
 */
export function testInProcess(
  engine: EngineName,
  { env, signal }: { env: Readonly<Record<string, string>>; signal: AbortSignal },
): Promise<SelfTest> {
  const args = [...process.execArgv, process.argv[1]!, 'engine', 'test', engine, '--json']
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIME_LIMIT,
      signal,
    })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    child.once('error', (error) => fail(signal.aborted ? signal.reason : error))
    child.once('close', (code, killed) => {
      const answer = parse(out)
      if (code === 0 && answer !== undefined && 'engine' in answer) return done(answer)
      const said =
        answer !== undefined && 'error' in answer
          ? answer.error.message
          : `it ended the process with ${killed ?? `code ${code}`}. ${err.trim().split('\n').slice(-3).join(' ')}`
      fail(new PureGalaxyError('engine.self-test', said.trim()))
    })
  })
}

function parse(text: string): SelfTest | { readonly error: { readonly message: string } } | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
