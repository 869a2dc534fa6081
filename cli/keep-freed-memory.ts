import type { EngineName } from '../src/engine/index.ts'
import { PureGalaxyError } from '../src/errors.ts'
import type { CommandContext } from './context.ts'

/**
 * Has a command whose work goes to XLA's CPU plugin run with glibc's memory settings that make it a third faster
 * (`src/engine/xla/memory-settings.ts`). To be called before the command has done anything, since the program starts
 * anew. It does not where the user has set one of them.
 *
 * @param engines that the command will use
 */
export async function keepFreedMemory(
  { terminal }: CommandContext,
  ...engines: readonly (EngineName | 'auto')[]
): Promise<void> {
  if (!terminal.restart || !engines.includes('xla')) return
  const { lackMemorySettings, MEMORY_SETTINGS } = await import('../src/engine/xla/memory-settings.ts')
  if (!lackMemorySettings()) return
  const { requirePlugin } = await import('../src/engine/xla/connection.ts')
  const plugin = await requirePlugin().catch((error) => {
    // Where there is none, the command says so.
    if (!(error instanceof PureGalaxyError)) throw error
  })
  if (plugin?.platform === 'cpu') await terminal.restart(MEMORY_SETTINGS)
}
