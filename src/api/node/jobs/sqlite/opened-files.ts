import { statSync } from 'node:fs'

/** Files as they were found at their paths: a process that has them open goes on writing when they are moved or removed. */
export class OpenedFiles {
  readonly #found: ReadonlyMap<string, string>

  /** @param paths of files that are open; those that are not there are passed over */
  constructor(paths: readonly string[]) {
    const found = paths.map((path) => [path, identityOf(path)] as const)
    this.#found = new Map(found.filter((each): each is [string, string] => each[1] !== undefined))
  }

  /** Whether one of them is not at its path any more. */
  get moved(): boolean {
    return [...this.#found].some(([path, identity]) => identityOf(path) !== identity)
  }
}

/** What tells a file from all others of this machine. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true })
    return `${dev} ${ino}`
  } catch {
    return undefined
  }
}
