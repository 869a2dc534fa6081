#!/usr/bin/env node
import { PureGalaxyError } from '../src/errors.ts'
import { fileError } from '../src/io/file-errors.ts'
import { EXIT } from './context.ts'
import { interruptionSignal } from './interruption.ts'
import { runCommandLine } from './run.ts'
import { processTerminal } from './terminal.ts'

const interruption = interruptionSignal()

/** A reader that went away (`puregalaxy models | head -1`) is no error; a full disk behind stdout is one. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.done)
    const known = fileError(error, stream === process.stdout ? 'stdout' : 'stderr')
    if (!(known instanceof PureGalaxyError)) throw error
    if (stream === process.stdout) process.stderr.write(`error: ${known.message}\n`)
    process.exit(EXIT.failed)
  })
}

const code = await runCommandLine(process.argv.slice(2), processTerminal(interruption))
process.exitCode = code
// The error of a write that failed is told after its callback: hence one more turn before the end.
process.stdout.write('', () => process.stderr.write('', () => setImmediate(() => process.exit(code))))
