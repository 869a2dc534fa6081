import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')

/** The Python that `.ci/run` makes for tests, PUREGALAXY_PYTHON, or python3 of the path: the first that can import a module. */
export const pythonWith = (module: string): string | undefined =>
  [resolve(ROOT, '.cache/python/bin/python'), process.env.PUREGALAXY_PYTHON, 'python3'].find(
    (command) => command !== undefined && spawnSync(command, ['-c', `import ${module}`]).status === 0,
  )
