import { type CommandContext, EXIT } from './context.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * Has the first Ctrl-C abort a signal, so that the command puts its files in order, and the second end the process where
 * it is.
 *
 * Node calls a handler only when the event loop turns. Hence, once the first was seen, the handlers go and the system
 * ends the process at the second, in the middle of a computation too. Two that both come within one computation are seen
 * at its end, and end the process then.
 */
export function interruptionSignal(): AbortSignal {
  const interruption = new AbortController()
  const interrupt = (): void => {
    if (interruption.signal.aborted) process.exit(EXIT.interrupted)
    interruption.abort()
    // Not at once: a second signal that waits already would be dropped with its handler.
    setImmediate(() => {
      for (const signal of SIGNALS) process.off(signal, interrupt)
    })
  }
  for (const signal of SIGNALS) process.on(signal, interrupt)
  return interruption.signal
}

/** Milliseconds after which whoever pressed Ctrl-C wonders whether it was seen. */
const PATIENCE = 1000

/**
 * Says, where a command has not ended a second after Ctrl-C, what it waits for: a step, or a compilation, can take minutes.
 * For commands that put their files in order only then.
 */
export function tellWhatStoppingWaitsFor(context: CommandContext): void {
  const tell = () => context.log('stopping after what is being done now; a second Ctrl-C ends at once')
  const wait = () => setTimeout(tell, PATIENCE).unref()
  if (context.signal.aborted) wait()
  else context.signal.addEventListener('abort', wait, { once: true })
}
