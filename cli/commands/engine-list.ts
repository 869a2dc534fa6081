import { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import type { EngineDescription } from '../engine/describe-engines.ts'
import { table } from '../format.ts'
import { finish } from '../options.ts'

/** `puregalaxy engine list` */
export function engineListCommand(context: CommandContext): Command {
  const list = new Command('list')
    .description('list the engines: which are available here, why the others are not')
    .action(async () => {
      const { describeEngines } = await import('../engine/describe-engines.ts')
      const engines = await describeEngines()
      context.result(engines, () => text(engines))
    })
  return finish(list, ['engine list', 'engine list --json'])
}

function text(engines: readonly EngineDescription[]): string {
  const rows = engines.map((engine) => [
    engine.name,
    engine.available ? 'yes' : 'no',
    engine.training ? 'yes' : 'no',
    versionOf(engine),
    engine.devices.join('; '),
    engine.memory.map((bytes) => (bytes === null ? '–' : `${(bytes / 2 ** 30).toFixed(1)} GiB`)).join('; '),
  ])
  const notes = engines.flatMap(({ name, reason, advice }) =>
    [reason, advice].filter((note) => note !== null).map((note) => `${name}: ${note}`),
  )
  return [table(['engine', 'available', 'trains', 'version', 'devices', 'memory'], rows), ...notes].join('\n')
}

/** `0.11.2, PJRT 0.115, installed` */
function versionOf({ version, plugin }: EngineDescription): string {
  if (plugin === null) return version ?? ''
  const origins = { environment: 'PUREGALAXY_PJRT_PLUGIN', installed: 'installed', jax: 'of JAX' } as const
  return [...(version === null ? [] : [version]), `PJRT ${plugin.api}`, origins[plugin.source]].join(', ')
}
