import { Command } from 'commander'
import { VERSION } from '../src/version.ts'
import { classifyCommand } from './commands/classify.ts'
import { demoCommand } from './commands/demo.ts'
import { engineCommand } from './commands/engine.ts'
import { evaluateCommand } from './commands/evaluate.ts'
import { importCommand } from './commands/import.ts'
import { inspectCommand } from './commands/inspect.ts'
import { modelsCommand } from './commands/models.ts'
import { reproduceCommand } from './commands/reproduce.ts'
import { resumeCommand } from './commands/resume.ts'
import { robustnessCommand } from './commands/robustness.ts'
import { serveCommand } from './commands/serve.ts'
import { simulateCommand } from './commands/simulate.ts'
import { splitCommand } from './commands/split.ts'
import { trainCommand } from './commands/train.ts'
import type { CommandContext } from './context.ts'
import { tellWhatStoppingWaitsFor } from './interruption.ts'
import { keepFreedMemory } from './keep-freed-memory.ts'

/**
 * The command line `puregalaxy`. Defining it loads nothing heavy: each command imports what it needs when it runs,
 * which is why `--help` is quick.
 */
export function createProgram(context: CommandContext): Command {
  const program = new Command('puregalaxy')
    .description(
      'Classify the shapes of galaxies with product-unit residual networks (PURe): train, evaluate, test under noise, catalogue.',
    )
    .version(VERSION)
    .helpCommand(true)
    .addHelpText(
      'after',
      `
Examples:
  $ puregalaxy demo --out demo/
  $ puregalaxy classify pictures/ --model small --out predictions.csv
  $ puregalaxy train galaxies.h5 --model pure20 --size 64 --epochs 20 --out runs/first

MODEL is the path of a model file or run folder, or the name of a shipped model (puregalaxy models).
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 finished with some inputs refused.
puregalaxy COMMAND --help says more.`,
    )
  const commands = [
    demoCommand(context),
    simulateCommand(context),
    importCommand(context),
    inspectCommand(context),
    splitCommand(context),
    trainCommand(context),
    resumeCommand(context),
    evaluateCommand(context),
    robustnessCommand(context),
    reproduceCommand(context),
    classifyCommand(context),
    serveCommand(context),
    modelsCommand(context),
    engineCommand(context),
  ]
  for (const command of commands) program.addCommand(command)
  program.hook('preAction', async (_, command) => {
    // A server says by itself what it does until it ends.
    if (command.name() !== 'serve') tellWhatStoppingWaitsFor(context)
    await keepFreedMemory(context, command.opts().engine)
  })
  useTerminal(program, context)
  return program
}

/** Has a command and those below it print to the context's terminal and throw instead of ending the process. */
function useTerminal(command: Command, context: CommandContext): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => context.terminal.out(text),
    writeErr: (text) => context.terminal.err(text),
    getOutHelpWidth: () => context.terminal.columns,
    getErrHelpWidth: () => context.terminal.columns,
  })
  for (const below of command.commands) useTerminal(below, context)
}
