import { count, duration } from './format.ts'
import type { Terminal } from './terminal.ts'

/** Milliseconds between two drawings on a terminal, and between two lines elsewhere. */
const REDRAW = 100
const LINE = 15_000

/**
 * The progress of one piece of work: a bar with rate and remaining time on a terminal; elsewhere a line every fifteen
 * seconds, so that a log of a long run says where it is and one of a short run stays empty.
 */
export class Progress {
  readonly #terminal: Terminal
  readonly #label: string
  readonly #unit: string
  readonly #started = performance.now()
  #shown: number
  #drawn = false
  #startDone: number | undefined

  /**
   * @param label what is being done, as a gerund: `reading pictures`
   * @param unit what is counted, in the plural
   */
  constructor(terminal: Terminal, label: string, unit: string) {
    this.#terminal = terminal
    this.#label = label
    this.#unit = unit
    this.#shown = terminal.interactive ? Number.NEGATIVE_INFINITY : this.#started
  }

  /** Suits every `onProgress` of the library. `note` follows the bar, such as the loss. */
  readonly update = (done: number, total: number, note = ''): void => {
    const now = performance.now()
    this.#startDone ??= done
    if (now - this.#shown < (this.#terminal.interactive ? REDRAW : LINE) && (done < total || !this.#drawn))
      return
    this.#shown = now
    const seconds = (now - this.#started) / 1000
    const rate = (done - this.#startDone) / seconds
    const left = rate > 0 && total > done ? `${duration((total - done) / rate)} left` : duration(seconds)
    const speed = rate > 0 ? `${count(rate)} ${this.#unit}/s` : ''
    const facts = [`${done}/${total}`, speed, left, note].filter((fact) => fact !== '').join('  ')
    if (!this.#terminal.interactive) {
      this.#terminal.err(`${this.#label}: ${facts}\n`)
      return
    }
    const width = Math.max(8, Math.min(28, this.#terminal.columns - this.#label.length - facts.length - 6))
    const filled = total > 0 ? Math.round((width * Math.min(done, total)) / total) : 0
    const line = `${this.#label} ${'━'.repeat(filled)}${'─'.repeat(width - filled)} ${facts}`
    this.#terminal.err(`\r\x1b[K${line.slice(0, Math.max(20, this.#terminal.columns - 1))}`)
    this.#drawn = true
  }

  /** Removes the bar, so that what is printed next starts on a clean line. */
  end(): void {
    if (this.#drawn) this.#terminal.err('\r\x1b[K')
    this.#drawn = false
  }
}
