import { CommanderError } from 'commander'
import { PureGalaxyError } from '../src/errors.ts'
import { CommandContext, EXIT, jsonText } from './context.ts'
import { createProgram } from './program.ts'
import type { Terminal } from './terminal.ts'

/**
 * Runs one command line and returns the exit code of the process; it throws nothing and ends no process.
 * The one place where errors become words and codes.
 *
 * @param args what follows `puregalaxy`
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  const end = args.indexOf('--')
  const options = end < 0 ? args : args.slice(0, end)
  const context = new CommandContext(terminal, {
    json: options.includes('--json'),
    debug: options.includes('--debug'),
    args,
  })
  try {
    await createProgram(context).parseAsync([...args], { from: 'user' })
    context.endProgress()
    return context.exitCode
  } catch (error) {
    context.endProgress()
    return report(error, context)
  }
}

/** Codes of errors that are about what was typed: of the command line, and of the library for a recipe's numbers. */
const WRONG_USAGE = new Set([
  'cli.usage',
  'train.option',
  'train.data-on-device',
  'noise.protocol',
  'noise.level',
  'study.depth',
])

function report(error: unknown, context: CommandContext): number {
  if (error instanceof CommanderError) return reportUsage(error, context)
  if (context.signal.aborted) {
    context.log('interrupted')
    return EXIT.interrupted
  }
  const known = error instanceof PureGalaxyError
  const code = known ? error.code : 'internal'
  const message = known
    ? error.message
    : `internal error, please report it with the command line: ${error instanceof Error ? error.message : String(error)}`
  context.log(`error: ${message}`)
  if (context.debug && error instanceof Error) context.log(error.stack ?? '')
  if (context.debug && error instanceof Error && error.cause !== undefined) {
    context.log(`caused by: ${error.cause instanceof Error ? error.cause.stack : String(error.cause)}`)
  }
  printErrorAsJson(context, code, message)
  return WRONG_USAGE.has(code) ? EXIT.usage : EXIT.failed
}

/** Commander has printed its message already; help and version asked for are no errors. */
function reportUsage(error: CommanderError, context: CommandContext): number {
  if (error.exitCode === 0) return EXIT.done
  printErrorAsJson(context, 'cli.usage', error.message.replace(/^error: /, ''))
  return EXIT.usage
}

function printErrorAsJson(context: CommandContext, code: string, message: string): void {
  if (context.json) context.terminal.out(jsonText({ error: { code, message } }))
}
