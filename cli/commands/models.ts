import { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { count, table } from '../format.ts'
import { finish } from '../options.ts'

/** `puregalaxy models` */
export function modelsCommand(context: CommandContext): Command {
  const command = new Command('models')
    .description('list the architectures that train takes and the models that ship')
    .action(async () => {
      const { listArchitectures } = await import('../../src/model/parameters.ts')
      const { describeModel, shippedModels } = await import('../../src/classify/shipped-models.ts')
      const architectures = listArchitectures().map((architecture) => ({
        ...architecture,
        kind: 'architecture',
      }))
      const shipped = await Promise.all(
        (await shippedModels()).map(async (model) => ({ ...(await describeModel(model)), kind: 'shipped' })),
      )
      context.result([...shipped, ...architectures], () =>
        table(
          ['model', 'kind', 'parameters', 'input'],
          [...shipped, ...architectures].map(({ name, kind, parameters, inputSize }) => [
            name,
            kind,
            count(parameters),
            inputSize.join('×'),
          ]),
        ),
      )
    })
  return finish(command, ['models', 'models --json'])
}
