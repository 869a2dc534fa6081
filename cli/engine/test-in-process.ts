import type { EngineName } from '../../src/engine/index.ts'
import { runTool } from '../../src/engine/install/run-tool.ts'
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
export async function testInProcess(
  engine: EngineName,
  { env, signal }: { env: Readonly<Record<string, string>>; signal: AbortSignal },
): Promise<SelfTest> {
  const args = [...process.execArgv, process.argv[1]!, 'engine', 'test', engine, '--json']
  const ended = await runTool(process.execPath, args, {
    env: { ...process.env, ...env },
    timeout: TIME_LIMIT,
    signal,
  })
  if (ended === null)
    throw new PureGalaxyError('engine.self-test', `${process.execPath} is not there any more.`)
  const { code, killed, stdout, stderr } = ended
  const answer = parse(stdout)
  if (code === 0 && answer !== undefined && 'engine' in answer) return answer
  const said =
    answer !== undefined && 'error' in answer
      ? answer.error.message
      : `it ended the process with ${killed ?? `code ${code}`}. ${stderr.trim().split('\n').slice(-3).join(' ')}`
  throw new PureGalaxyError('engine.self-test', said.trim())
}

function parse(text: string): SelfTest | { readonly error: { readonly message: string } } | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
