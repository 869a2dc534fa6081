import { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { keepFreedMemory } from '../keep-freed-memory.ts'
import { finish } from '../options.ts'
import { reportTraining, trainingHooks } from '../training-report.ts'

/** `puregalaxy resume RUN` */
export function resumeCommand(context: CommandContext): Command {
  const command = new Command('resume')
    .description('go on with an interrupted training run; it ends as it would have without the interruption')
    .argument('<run>', 'the run folder')
    .action(async (run: string) => {
      const { resume } = await import('../../src/train/index.ts')
      const { readRunConfig } = await import('../../src/train/run-folder.ts')
      await keepFreedMemory(context, (await readRunConfig(run)).engine.name)
      reportTraining(context, await resume(run, trainingHooks(context)))
    })
  return finish(command, ['resume runs/a'])
}
