import { Argument, Command, Option } from 'commander'
import type { EngineName } from '../../src/engine/index.ts'
import { PureGalaxyError } from '../../src/errors.ts'
import type { Measurement } from '../../src/train/measure-engine.ts'
import type { CommandContext } from '../context.ts'
import { count, duration, table } from '../format.ts'
import { keepFreedMemory } from '../keep-freed-memory.ts'
import { ENGINES, finish, integer, sizeOption, threadsOption } from '../options.ts'

interface BenchFlags {
  readonly model: string
  readonly size: number
  readonly batch: number
  readonly threads?: number
}

/** What one engine did, or why it did not. */
interface BenchRow {
  readonly engine: EngineName
  readonly devices: readonly string[]
  /** Null where the engine cannot train. */
  readonly training: Measurement | null
  readonly inference: Measurement | null
  readonly error: string | null
}

/** `puregalaxy engine bench` */
export function engineBenchCommand(context: CommandContext): Command {
  const names = ENGINES.filter((name) => name !== 'auto')
  const bench = new Command('bench')
    .description('measure engines side by side: a training step and inference of a network')
    .addArgument(new Argument('[engines...]', 'default: those available, without cpu').choices(names))
    .option('--model <name>', 'architecture (see puregalaxy models)', 'pure20')
    .addOption(sizeOption('side of the pictures').default(32))
    .addOption(new Option('--batch <number>', 'pictures at a time').argParser(integer(1, 4096)).default(64))
    .addOption(threadsOption())
    .action(async (engines: EngineName[], flags: BenchFlags) => {
      await keepFreedMemory(context, ...(engines.length > 0 ? engines : names))
      const rows = await measureAll(context, engines, flags)
      const { model, size, batch } = flags
      context.result({ model, size, batch, threads: flags.threads ?? null, engines: rows }, () =>
        text(rows, flags),
      )
      if (rows.every(({ error }) => error !== null))
        throw new PureGalaxyError(
          'engine.bench',
          `No engine could be measured: ${rows.map((row) => row.error).join(' ')}`,
        )
    })
  return finish(bench, ['engine bench', 'engine bench onnx xla --model pure34 --size 128 --batch 16'])
}

async function measureAll(context: CommandContext, wanted: readonly EngineName[], flags: BenchFlags) {
  const { listEngines } = await import('../../src/engine/index.ts')
  const { resolveModelConfig } = await import('../../src/model/index.ts')
  const { measureEngine } = await import('../../src/train/measure-engine.ts')
  const { model, size, batch, threads } = flags
  const config = resolveModelConfig({ architecture: model, inputSize: [size, size, 3] })
  const options = { config, batchSize: batch, threads, signal: context.signal }
  const all = await listEngines()
  const chosen =
    wanted.length > 0
      ? all.filter(({ name }) => wanted.includes(name))
      : all.filter(({ name, available }) => available && name !== 'cpu')
  const rows: BenchRow[] = []
  for (const { name, available, reason, devices, training: trains } of chosen) {
    let [training, inference, error]: [Measurement | null, Measurement | null, string | null] = [
      null,
      null,
      reason,
    ]
    try {
      if (available && trains) {
        context.log(`${name}: training step`)
        training = await measureEngine(name, 'training', options)
      }
      if (available) {
        context.log(`${name}: inference`)
        inference = await measureEngine(name, 'inference', options)
      }
    } catch (failed) {
      // One engine that runs out of memory keeps the others from nothing.
      if (!(failed instanceof PureGalaxyError) || context.signal.aborted) throw failed
      error = failed.message
    }
    rows.push({ engine: name, devices, training, inference, error })
  }
  return rows
}

function text(rows: readonly BenchRow[], { model, size, batch }: BenchFlags): string {
  const cells = (measured: Measurement | null) =>
    measured === null
      ? ['–', '–', '–']
      : [
          `${(1000 * measured.seconds).toPrecision(3)} ms`,
          count(measured.imagesPerSecond),
          duration(measured.preparation),
        ]
  const header = ['engine', 'devices', 'training step', 'images/s', 'first', 'inference', 'images/s', 'first']
  const measured = rows.filter(({ training, inference }) => training !== null || inference !== null)
  return [
    `${model}, ${size} px, ${batch} pictures at a time, medians; "first" includes compilation\n`,
    table(
      header,
      measured.map(({ engine, devices, training, inference }) => [
        engine,
        devices.join(', '),
        ...cells(training),
        ...cells(inference),
      ]),
    ),
    ...rows.filter(({ error }) => error !== null).map(({ engine, error }) => `${engine}: ${error}`),
  ].join('\n')
}
