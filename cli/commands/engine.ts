import { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { engineBenchCommand } from './engine-bench.ts'
import { engineInstallCommand, engineRemoveCommand } from './engine-install.ts'
import { engineListCommand } from './engine-list.ts'
import { engineTestCommand } from './engine-test.ts'

/** `puregalaxy engine` */
export function engineCommand(context: CommandContext): Command {
  return new Command('engine')
    .description('where models run')
    .addCommand(engineListCommand(context))
    .addCommand(engineInstallCommand(context))
    .addCommand(engineRemoveCommand(context))
    .addCommand(engineTestCommand(context))
    .addCommand(engineBenchCommand(context))
}
