/** Wakes those who wait for something to happen, and those who do not wait any longer. */
export class Bell {
  readonly #waiting = new Set<() => void>()

  ring(): void {
    for (const wake of this.#waiting) wake()
  }

  /** Resolves when it rings next, or after so many milliseconds: true where it rang. */
  wait(milliseconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (rang: boolean) => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        resolve(rang)
      }
      const wake = () => end(true)
      const timer = setTimeout(() => end(false), milliseconds)
      this.#waiting.add(wake)
    })
  }
}
