#!/usr/bin/env node
import { EXIT } from './context.ts'
import { runCommandLine } from './run.ts'
import { processTerminal } from './terminal.ts'

const interruption = new AbortController()

/** The first Ctrl-C lets the command put its files in order; the second ends it where it is. */
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interruption.signal.aborted) process.exit(EXIT.interrupted)
    interruption.abort()
  })
}

/** A reader that went away (`puregalaxy models | head -1`) is no error. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.done)
    throw error
  })
}

const code = await runCommandLine(process.argv.slice(2), processTerminal(interruption.signal))
process.exitCode = code
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
