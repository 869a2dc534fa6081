import { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { table } from '../format.ts'
import { finish } from '../options.ts'

/** `puregalaxy engine list` */
export function engineListCommand(context: CommandContext): Command {
  const list = new Command('list')
    .description('list the engines: which are available here, why the others are not')
    .action(async () => {
      const { listEngines } = await import('../../src/engine/index.ts')
      const engines = await listEngines()
      context.result(engines, () =>
        table(
          ['engine', 'available', 'trains', 'devices or what is missing'],
          engines.map(({ name, available, training, reason, devices }) => [
            name,
            available ? 'yes' : 'no',
            training ? 'yes' : 'no',
            available ? devices.join(', ') : (reason ?? ''),
          ]),
        ),
      )
    })
  return finish(list, ['engine list', 'engine list --json'])
}
