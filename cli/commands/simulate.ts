import { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { count, duration } from '../format.ts'
import { finish, forceOption, integer, outputName, seedOption, sizeOption } from '../options.ts'
import { refuseToReplace } from '../outputs.ts'
import { simulateToFile } from '../simulate-to-file.ts'

interface Options {
  readonly count: number
  readonly size?: number
  readonly seed: number
  readonly out: string
  readonly force?: true
}

/** `puregalaxy simulate --count N --out FILE` */
export function simulateCommand(context: CommandContext): Command {
  const command = new Command('simulate')
    .description('draw galaxies of the ten classes as the Legacy Surveys would show them; writes HDF5')
    .requiredOption('--count <number>', 'pictures', integer(1, 10_000_000))
    .requiredOption('--out <file>', 'HDF5 file to write', outputName)
    .addOption(sizeOption('width and height, at most 1024 (default: 256)').argParser(integer(8, 1024)))
    .addOption(seedOption())
    .addOption(forceOption())
    .action(async (options: Options) => {
      await refuseToReplace(options.out, options.force)
      const started = performance.now()
      const { count: images, size = 256, seed, out } = options
      const onProgress = context.progress('drawing').update
      await simulateToFile({ count: images, size, seed, out, onProgress, signal: context.signal })
      const seconds = (performance.now() - started) / 1000
      context.result(
        { out, images: [images, size, size, 3], seed, seconds },
        () => `${count(images)} galaxies of ${size}×${size} pixels in ${duration(seconds)}\ndata  ${out}`,
      )
    })
  return finish(command, [
    'simulate --count 400 --size 64 --seed 1 --out sim.h5',
    'simulate --count 20000 --seed 2 --out galaxies.h5',
  ])
}
