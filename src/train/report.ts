import { lineChart } from './line-chart.ts'
import { escapeMarkup } from './markup.ts'
import type { EpochSummary, StepSummary } from './options.ts'
import type { RunConfig } from './run-config.ts'
import type { MetricsLine } from './run-folder.ts'

const STYLE = `
:root { color-scheme: light dark; --ink: #1c1e22; --soft: #5c6270; --paper: #fdfdfc; --line: #d9dbe0;
  --curve-0: #1f6f8b; --curve-1: #b3472f; --curve-2: #6b8e23 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e6ea; --soft: #9aa1ad; --paper: #15171c; --line: #343943; --curve-0: #5cb8d6; --curve-1: #f08a6c; --curve-2: #a9cf57 } }
body { margin: 2rem auto; max-width: 48rem; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem } p, dt { color: var(--soft) }
figure { margin: 1.5rem 0 } figcaption { font-weight: 600 } svg { width: 100%; height: auto }
svg text { font: 12px system-ui, sans-serif; fill: var(--soft) } .grid { stroke: var(--line) }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round }
.table { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .8rem .2rem 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap }
th:first-child, td:first-child { text-align: left }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem } dd { margin: 0; overflow-wrap: anywhere }`

/**
 * report.html of a run: figures, curves and the state of the product units on one page that needs nothing from outside
 * and follows the reader's light or dark setting.
 *
 * @param lines of metrics.ndjson, in order
 */
export function trainingReport(config: RunConfig, lines: readonly MetricsLine[]): string {
  const epochs = lines.filter((line): line is EpochSummary => line.kind === 'epoch')
  const steps = lines.filter((line): line is StepSummary => line.kind === 'step')
  const last = epochs.at(-1)
  const stepsPerEpoch = last === undefined ? 1 : last.step / last.epoch
  const over = (pick: (epoch: EpochSummary) => number | null | undefined) =>
    epochs.flatMap((epoch): [number, number][] => {
      const value = pick(epoch)
      return value === null || value === undefined ? [] : [[epoch.epoch, value]]
    })
  const charts = [
    lineChart(
      [
        {
          name: 'training, single batches',
          points: steps.map(({ step, loss }) => [step / stepsPerEpoch, loss]),
        },
        { name: 'training, mean of epoch', points: over(({ trainLoss }) => trainLoss) },
        { name: 'validation, median', points: over(({ validation }) => validation?.medianLogLoss) },
      ],
      { title: 'Loss', xLabel: 'epoch' },
    ),
    lineChart(
      [
        { name: 'training (augmented)', points: over(({ trainAccuracy }) => trainAccuracy) },
        { name: 'validation score', points: over(({ validation }) => validation?.score) },
        { name: 'validation, exact labels', points: over(({ validation }) => validation?.accuracy) },
      ],
      { title: 'Accuracy', xLabel: 'epoch', percent: true },
    ),
    lineChart(
      [
        {
          name: 'learning rate',
          points: steps.map(({ step, learningRate }) => [step / stepsPerEpoch, learningRate]),
        },
      ],
      { title: 'Learning rate', xLabel: 'epoch' },
    ),
  ]
  const { architecture } = config.model
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(`${architecture}: training run`)}</title>
<style>${STYLE}</style></head><body>
<h1>${escapeMarkup(architecture)}: training run</h1>
<p>${escapeMarkup(headline(config, epochs))}</p>
${charts.join('\n')}
${epochTable(epochs)}
${healthTable(last)}
${settings(config)}
</body></html>
`
}

function headline({ recipe, pictures }: RunConfig, epochs: readonly EpochSummary[]): string {
  const best = epochs.findLast((epoch) => epoch.best)
  const parts = [`${epochs.length} of ${recipe.epochs} epochs`, `${pictures.train} training pictures`]
  if (pictures.validation > 0) parts.push(`${pictures.validation} validation pictures`)
  if (best?.validation)
    parts.push(`best epoch ${best.epoch}, validation score ${percent(best.validation.score)}`)
  return `${parts.join(' · ')}. The score counts predictions that the label admits, exact or partial.`
}

function epochTable(epochs: readonly EpochSummary[]): string {
  const rows = epochs.map(({ epoch, trainLoss, trainAccuracy, validation, learningRate, best, seconds }) => [
    `${epoch}${best ? ' ★' : ''}`,
    number(trainLoss),
    percent(trainAccuracy),
    percent(validation?.score),
    percent(validation?.accuracy),
    percent(validation?.admittedAccuracy),
    number(validation?.medianLogLoss),
    number(validation?.meanLogLoss),
    number(learningRate),
    `${Math.round(seconds)} s`,
  ])
  const head = [
    'epoch',
    'loss',
    'training',
    'score',
    'exact',
    'partial',
    'median loss',
    'mean loss',
    'rate',
    'time',
  ]
  return `<h2>Epochs</h2><p>★: better than all before.</p>${table(head, rows)}`
}

function healthTable(last: EpochSummary | undefined): string {
  if (last === undefined || last.health.length === 0) return ''
  const rows = last.health.map(({ name, theta, floorHitFraction, exponentMin, exponentMax, clipped }) => [
    name,
    number(Math.log1p(Math.exp(theta))),
    percent(floorHitFraction),
    number(exponentMin),
    number(exponentMax),
    clipped === null ? '–' : String(clipped),
  ])
  const note = 'Single precision overflows at an exponent of 88.7; the floor begins at 0.693.'
  return `<h2>Layers with a floor after epoch ${last.epoch}</h2><p>${note}</p>${table(
    ['layer', 'floor', 'inputs on it', 'least exponent', 'largest', 'clipped'],
    rows,
  )}`
}

function settings(config: RunConfig): string {
  const { recipe, engine, data } = config
  const entries: [string, string][] = [
    ['data', data.path],
    ['data hash', data.hash],
    ['picture size', data.size.join(' × ')],
    ['optimiser', JSON.stringify(recipe.optimiser)],
    [
      'learning rate',
      `${recipe.learningRate}, ${JSON.stringify(recipe.schedule)}, warm-up ${recipe.warmupEpochs} epochs`,
    ],
    ['batch size', String(recipe.batchSize)],
    ['label smoothing', String(recipe.labelSmoothing)],
    ['class weights', recipe.classWeights],
    ['augmentation', JSON.stringify(recipe.augmentation)],
    ['seed', String(config.seed)],
    ['engine', `${engine.name} (${engine.devices.join(', ')})`],
    ['puregalaxy', config.version],
  ]
  const items = entries.map(([name, value]) => `<dt>${name}</dt><dd>${escapeMarkup(value)}</dd>`)
  return `<h2>Settings</h2><dl>${items.join('\n')}</dl>`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (tag: string, cells: readonly string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeMarkup(cell)}</${tag}>`).join('')}</tr>`
  return `<div class="table"><table>${line('th', head)}${rows.map((row) => line('td', row)).join('\n')}</table></div>`
}

function number(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : String(Number(value.toPrecision(4)))
}

function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : `${(100 * value).toFixed(1)} %`
}
