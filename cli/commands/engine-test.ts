import { Argument, Command } from 'commander'
import type { EngineName } from '../../src/engine/index.ts'
import type { CommandContext } from '../context.ts'
import { duration } from '../format.ts'
import { ENGINES, finish } from '../options.ts'

/** `puregalaxy engine test` */
export function engineTestCommand(context: CommandContext): Command {
  const test = new Command('test')
    .description('run a small program on an engine and compare its numbers with the reference')
    .addArgument(new Argument('<engine>').choices(ENGINES.filter((name) => name !== 'auto')))
    .action(async (name: EngineName) => {
      const { selfTest } = await import('../../src/engine/install/self-test.ts')
      const result = await selfTest(name)
      context.result(
        result,
        () =>
          `${result.engine} computes what it should on ${result.devices.join(', ')} ` +
          `(largest difference ${result.largestError.toExponential(1)}, ${duration(result.seconds)} with its start)`,
      )
    })
  return finish(test, ['engine test xla', 'engine test onnx --json'])
}
