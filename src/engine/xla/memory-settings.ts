/**
 * How glibc keeps memory that XLA's CPU plugin frees. The plugin takes all that lies between a program's inputs and
 * outputs anew at every run, hundreds of megabytes. glibc maps blocks of that size from the system and gives them back
 * at once, so that a quarter of a training step goes into page faults. With one arena, no maps of single blocks and up
 * to a gigabyte of free memory kept, the next step finds the pages of the last. glibc reads these variables when a
 * process starts: later it is too late.
 */
export const MEMORY_SETTINGS: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_MAX_: '0',
  MALLOC_TRIM_THRESHOLD_: String(2 ** 30),
}

/** Whether they are worth having and not decided upon: on Linux, where no variable of them is set. */
export function lackMemorySettings(env: NodeJS.ProcessEnv = process.env): boolean {
  return process.platform === 'linux' && !Object.keys(MEMORY_SETTINGS).some((name) => name in env)
}
