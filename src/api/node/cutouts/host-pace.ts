import { setTimeout as sleep } from 'node:timers/promises'
import { Turns } from '../../turns.ts'
import { cutoutError } from './cutout-error.ts'

export interface HostPaceOptions {
  /** Requests at once. */
  readonly atOnce: number
  /** Longest pause that is waited for, milliseconds. */
  readonly patience: number
}

/** Longest pause that a host can ask for, milliseconds: then it is asked again, whatever it said. */
const LONGEST_PAUSE = 60_000

/** How a host is asked: so many requests at once, and none while it wants a pause. */
export class HostPace {
  readonly #turns: Turns
  readonly #patience: number
  #pausedUntil = 0

  constructor({ atOnce, patience }: HostPaceOptions) {
    this.#turns = new Turns(atOnce)
    this.#patience = patience
  }

  /** The host wants nothing for so many milliseconds. */
  pause(milliseconds: number): void {
    const until = performance.now() + Math.min(milliseconds, LONGEST_PAUSE)
    this.#pausedUntil = Math.max(this.#pausedUntil, until)
  }

  /**
   * Asks the host when its turn comes.
   *
   * @throws PureGalaxyError `api.cutout.busy` where the host wants a longer pause than anybody should wait for; what `ask`
   *   throws; the signal's reason
   */
  run<Result>(ask: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    return this.#turns.run(async () => {
      // It may have asked for a longer pause meanwhile.
      for (let left = this.#left(); left > 0; left = this.#left()) {
        if (left > this.#patience) throw busyError()
        await pauseFor(left, signal)
      }
      return ask()
    }, signal)
  }

  #left(): number {
    return this.#pausedUntil - performance.now()
  }
}

export const busyError = () =>
  cutoutError('busy', "The survey's server has too much to do and wants to be asked later. Try again.")

/** @throws the signal's reason, at once */
export async function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal })
  } catch {
    throw signal.reason
  }
}
