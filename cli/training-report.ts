import type { EngineName } from '../src/engine/index.ts'
import type { TrainHooks, TrainProgress, TrainResult } from '../src/train/index.ts'
import { type CommandContext, EXIT } from './context.ts'
import { count, duration, percent, table } from './format.ts'
import type { Progress } from './progress.ts'

const UNITS = {
  prepare: 'images',
  compile: 'programs',
  train: 'steps',
  recalibrate: 'batches',
  validate: 'images',
} as const
const LABELS = {
  prepare: 'preparing',
  compile: 'compiling',
  train: 'training',
  recalibrate: 'recalibrating',
  validate: 'validating',
} as const

const SLOW_ENGINE =
  'warning: engine cpu trains, the slow reference in plain JavaScript: a step of a deep network can take minutes, and ' +
  'Ctrl-C waits for its end. For a fast engine: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node, or ' +
  'puregalaxy engine install xla-cpu (puregalaxy engine list says what is there)'

/** Shows a run: a bar a phase and epoch, and a line an epoch; first a warning where the engine is the slow one. */
export function trainingHooks(context: CommandContext): TrainHooks {
  let bar: Progress | undefined
  let at = ''
  const onProgress = (progress: TrainProgress): void => {
    const here = `${progress.phase} ${progress.epoch}`
    if (bar === undefined || here !== at) {
      const epoch =
        progress.phase === 'prepare' || progress.phase === 'compile'
          ? ''
          : ` epoch ${progress.epoch}/${progress.epochs}`
      bar = context.progress(`${LABELS[progress.phase]}${epoch}`, UNITS[progress.phase])
      at = here
    }
    bar.update(progress.done, progress.total, note(progress))
    if (progress.epochSummary !== undefined) {
      context.log(epochLine(progress))
      bar = undefined
    }
  }
  const onEngine = (name: EngineName): void => {
    if (name === 'cpu') context.log(SLOW_ENGINE)
  }
  return { onProgress, onEngine, signal: context.signal }
}

/** What stands behind the bar while training: speed, loss, and the time until the whole run ends. */
function note(progress: TrainProgress): string {
  const parts: string[] = []
  if (progress.imagesPerSecond !== null) parts.push(`${count(progress.imagesPerSecond)} images/s`)
  if (progress.loss !== null) parts.push(`loss ${progress.loss.toFixed(3)}`)
  if (progress.secondsRemaining !== null) parts.push(`run ends in ${duration(progress.secondsRemaining)}`)
  return parts.join('  ')
}

function epochLine({ epochSummary: summary, epochs }: TrainProgress): string {
  if (summary === undefined) return ''
  const validation = summary.validation
  return [
    `epoch ${summary.epoch}/${epochs}`,
    `loss ${summary.trainLoss.toFixed(3)}`,
    `training ${percent(summary.trainAccuracy)}`,
    validation === null ? '' : `validation ${percent(validation.score)}${summary.best ? ' (best)' : ''}`,
    summary.imagesPerSecond === null ? '' : `${count(summary.imagesPerSecond)} images/s`,
    duration(summary.seconds),
  ]
    .filter((part) => part !== '')
    .join('  ')
}

/** Prints how a run ended. An interrupted one exits with 130 and says how to go on. */
export function reportTraining(context: CommandContext, result: TrainResult): void {
  context.result(result, () => {
    const { validation } = result
    const rows: string[][] = [
      ['epochs', String(result.epochs)],
      ['steps', String(result.step)],
      ['time', duration(result.seconds)],
    ]
    if (result.bestEpoch !== null) {
      rows.push(['best epoch', String(result.bestEpoch)], ['its validation score', percent(result.bestScore)])
    }
    if (validation !== null && validation.accuracy !== null) {
      rows.push([`last accuracy (${validation.exact} exact labels)`, percent(validation.accuracy)])
    }
    if (validation !== null && validation.admittedAccuracy !== null) {
      rows.push([
        `last admitted (${validation.partial} partial labels)`,
        percent(validation.admittedAccuracy),
      ])
    }
    const { best, report } = result.files
    const files = [best === null ? '' : `model   ${best}\n`, report === null ? '' : `report  ${report}\n`]
    return `${table([result.runFolder, result.status], rows)}\n${files.join('')}`
  })
  if (result.status === 'interrupted') {
    context.log(`interrupted; go on with: puregalaxy resume ${result.runFolder}`)
    context.exitCode = EXIT.interrupted
  }
}
