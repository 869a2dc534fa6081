import { type Command, InvalidArgumentError, Option } from 'commander'
import { PureGalaxyError } from '../src/errors.ts'

/** Engines that `--engine` takes. */
export const ENGINES = ['auto', 'onnx', 'xla', 'tensorflow', 'wasm', 'cpu'] as const

/** The value of `--engine`. */
export type EngineChoice = (typeof ENGINES)[number]

/** A wrong combination of options, found after parsing: exit code 2. */
export function usageError(message: string): PureGalaxyError {
  return new PureGalaxyError('cli.usage', message)
}

/** Parser of a whole number in [minimum, maximum]. */
export function integer(minimum: number, maximum = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^[+-]?\d+$/.test(text.trim()) || value < minimum || value > maximum) {
      throw new InvalidArgumentError(`A whole number ${range(minimum, maximum)} is expected.`)
    }
    return value
  }
}

/** A number as people write it, such as 0.5 or 1e-3; NaN for anything else, other bases among it. */
function numberIn(text: string): number {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : Number.NaN
}

/** Parser of a finite number in [minimum, maximum]. */
export function decimal(
  minimum = Number.NEGATIVE_INFINITY,
  maximum = Number.POSITIVE_INFINITY,
): (text: string) => number {
  return (text) => {
    const value = numberIn(text)
    if (!Number.isFinite(value) || value < minimum || value > maximum) {
      throw new InvalidArgumentError(`A number ${range(minimum, maximum)} is expected.`)
    }
    return value
  }
}

/** Parser of a finite number above `minimum`, at most `maximum`. */
export function decimalAbove(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = numberIn(text)
    if (!(value > minimum && value <= maximum)) {
      throw new InvalidArgumentError(`A number above ${minimum} and at most ${maximum} is expected.`)
    }
    return value
  }
}

/** Parser of the name of an output. */
export function outputName(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('A name is expected, and this is empty.')
  if (text === '-') {
    throw new InvalidArgumentError('This is no name of a file; for one that is called so write ./- instead.')
  }
  return text
}

/** Parser of a fraction above 0 and below 1. */
export function fraction(text: string): number {
  const value = numberIn(text)
  if (!(value > 0 && value < 1)) {
    throw new InvalidArgumentError('A number above 0 and below 1 is expected, such as 0.1.')
  }
  return value
}

/** Parser of numbers in [minimum, maximum] separated by commas. */
export function decimals(minimum: number, maximum: number): (text: string) => number[] {
  const parse = decimal(minimum, maximum)
  return (text) => text.split(',').map((part) => parse(part))
}

/** Numbers or fractions with commas between them; which of them a protocol takes, it says itself. */
export function noiseLevels(text: string): number[] {
  return text.split(',').map((part) => {
    const [numerator, denominator = '1', ...more] = part.split('/')
    const value = numberIn(numerator!) / numberIn(denominator)
    if (more.length > 0 || !Number.isFinite(value))
      throw new InvalidArgumentError(
        'Numbers or fractions are expected, with commas between them, such as 60,25 or 1/2,1/8.',
      )
    return value
  })
}

function range(minimum: number, maximum: number): string {
  const open = maximum >= Number.MAX_SAFE_INTEGER
  if (open) return Number.isFinite(minimum) ? `of at least ${minimum}` : ''
  return Number.isFinite(minimum) ? `from ${minimum} to ${maximum}` : `of at most ${maximum}`
}

/** A copy without the keys that are undefined, so that spreading it keeps defaults. */
export function defined<T extends object>(options: T): Defined<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Defined<T>
}

type Defined<T> = { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>
}

/** Collects an option that may be given several times. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value]
}

/** Smallest and largest side of pictures in pixels. */
export const sizeOption = (text: string): Option =>
  new Option('--size <pixels>', text).argParser(integer(8, 4096))

/** Seeds are 32-bit. */
export const seedOption = (): Option =>
  new Option('--seed <number>', 'seed of all random choices').argParser(integer(0, 2 ** 32 - 1)).default(1)

export const engineOption = (): Option =>
  new Option('--engine <name>', 'where the model runs; see puregalaxy engine list')
    .choices(ENGINES)
    .default('auto')

export const threadsOption = (): Option =>
  new Option('--threads <number>', 'CPU threads (default: all cores)').argParser(integer(1, 1024))

export const forceOption = (): Option => new Option('--force', 'replace the output if it exists')

/** `--json` and `--debug`, which every command has, and examples under its help. */
export function finish(command: Command, examples: readonly string[]): Command {
  return command
    .option('--json', 'print the result as one JSON value on stdout')
    .option('--debug', 'print stack traces of errors')
    .addHelpText(
      'after',
      `\nExamples:\n${examples.map((example) => `  $ puregalaxy ${example}`).join('\n')}\n`,
    )
}
