import type { Summary } from '../statistics.ts'
import type { StageResult } from './run-stage.ts'

type Figures = Record<string, unknown>

/** What the stages found, a line each, and whether all of them passed. */
export function summaryTable(results: readonly StageResult[]): { text: string; passed: boolean } {
  const rows = results.map(({ name, status, seconds, result, message }) => {
    const found =
      status === 'done' ? describe(name, result as Figures) : { words: message ?? '', good: false }
    const words = found.words.trim().split('\n').at(-1)!
    return { good: status === 'done' && found.good, cells: [name, status, `${seconds.toFixed(0)} s`, words] }
  })
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map(({ cells }) => cells[column]!.length)))
  const text = rows
    .map(({ cells }) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .join('\n')
  return { text, passed: rows.every(({ good }) => good) }
}

function describe(name: string, figures: Figures): { words: string; good: boolean } {
  const good = true
  switch (name) {
    case 'devices': {
      const engines = figures.engines as readonly { name: string; available: boolean; devices: string[] }[]
      const xla = engines.find((engine) => engine.name === 'xla')
      return { words: `xla on ${xla?.devices.join(', ') || 'nothing'}`, good: xla?.available ?? false }
    }
    case 'parity': {
      const failed = figures.failed as readonly { what: string }[]
      const words = `${figures.compared} compared, ${failed.length} out of tolerance`
      return {
        words: failed.length ? `${words}: ${failed.map(({ what }) => what).join('; ')}` : words,
        good: failed.length === 0,
      }
    }
    case 'evaluate':
      return {
        words: `accuracy ${percent(figures.accuracy)} on ${figures.n} unseen simulated galaxies`,
        good,
      }
    case 'train':
      return { words: `${figures.epochs} epochs, ${Number(figures.seconds).toFixed(0)} s`, good }
    case 'speed':
    case 'speed-small':
      return { words: speedWords(figures), good: Object.keys(figures.failures as object).length === 0 }
    case 'start-cold':
    case 'start-warm':
      return { words: `${Number(figures.seconds).toFixed(1)} s to the end of the first step`, good }
    case 'resident': {
      const rates = figures.imagesPerSecond as Record<string, Summary>
      const rate = (name: string) => rates[name]!.median.toFixed(0)
      return {
        words:
          `${figures.count} pictures up in ${Number(figures.uploadSeconds).toFixed(1)} s; images/s ` +
          `${rate('onDevice')} moved there, ${rate('onHost')} on the host; ` +
          `with noise ${rate('noisyOnDevice')} there, ${rate('noisyOnHost')} on the host; ` +
          `host memory ${Number(figures.peakResidentMiB).toFixed(0)} MiB`,
        good,
      }
    }
    case 'noise':
      return { words: noiseWords(figures), good: (figures.failed as readonly string[]).length === 0 }
    default:
      return { words: '', good }
  }
}

function noiseWords({ protocols, size }: Figures): string {
  const found = Object.entries(protocols as Record<string, Figures>).map(([name, noise]) => {
    const { onDevice, onHost } = noise.imagesPerSecond as Record<'onDevice' | 'onHost', Summary>
    const different = 1 - Number(noise.equalShare)
    const agreement =
      different === 0
        ? 'the same'
        : `${different.toExponential(1)} differ by at most ${noise.largestDifference}`
    return `${name} ${agreement}, images/s ${onDevice.median.toFixed(0)} there, ${onHost.median.toFixed(0)} on the host`
  })
  return `${size} px: ${found.join('; ')}`
}

function speedWords(figures: Figures): string {
  const rates = Object.entries(figures.imagesPerSecond as Record<string, Summary>)
  const own = rates[0]?.[1].median ?? Number.NaN
  const rest = rates
    .slice(1)
    .map(([name, { median }]) => `${name} ${median.toFixed(0)} (${(own / median).toFixed(2)} ×)`)
  const failed = Object.entries(figures.failures as Record<string, string>).map(
    ([name, message]) => `${name} failed: ${message.split('\n')[0]}`,
  )
  const first = rates[0] === undefined ? [] : [`${rates[0][0]} ${own.toFixed(0)} images/s`]
  return `${figures.network}, ${figures.size} px: ${[...first, ...rest, ...failed].join('; ')}`
}

const percent = (fraction: unknown) => `${(100 * Number(fraction)).toFixed(1)} %`
