import { LEGACY_PIXEL_SCALE } from '../../survey/index.ts'
import { escapeMarkup } from '../../train/markup.ts'
import type { ReportData } from '../report-types.ts'
import { htmlTable } from './html-table.ts'
import { levelText, PROTOCOL_TITLES, plainText, shortened } from './labels.ts'
import { count, decimal, NOTHING } from './numbers.ts'
import type { Page } from './page.ts'
import { trainingTables } from './training-table.ts'

const numberOr = (value: number | null) => (value === null ? NOTHING : String(value))

function pixelScaleText({ pixelScale }: ReportData): string {
  const { minimum, maximum, unknown } = pixelScale
  if (minimum === null || maximum === null) return `unknown; exposure takes ${LEGACY_PIXEL_SCALE}″`
  const [low, high] = [minimum, maximum].map((scale) => Number(scale.toPrecision(4)))
  const range = low === high ? `${low}″` : `${low}″ to ${high}″`
  return unknown === 0
    ? `${range} per stored pixel`
    : `${range} per stored pixel; of ${count(unknown)} unknown, where exposure takes ${LEGACY_PIXEL_SCALE}″`
}

/** What was measured on what, so that somebody else can do it again. Markup. */
export function provenanceSection(page: Page): string {
  const { report, numbering } = page
  const { data, engine, runtime, bootstrap, seeds, version, command, entries, protocols } = report
  const library = engine.version === null ? engine.name : `${engine.name} ${engine.version}`
  const facts: [string, string][] = [
    ['data', data.path],
    ['hash of the data', data.hash],
    [
      'pictures',
      `${count(data.exact)} with an exact label, ${count(data.partial)} with a partial one; ${count(data.unlabelled)} left out, of which nothing is known`,
    ],
    ['size as stored', `${data.storedSize[0]} × ${data.storedSize[1]} pixels (height × width)`],
    ['pixel scale', pixelScaleText(data)],
    [
      'levels',
      protocols
        .map(
          ({ protocol, unit, levels }) =>
            `${protocol}: ${levels.map((level) => levelText(protocol, level)).join(', ')} (${unit})`,
        )
        .join('; '),
    ],
    ['noise seeds', seeds.join(', ')],
    ['noise', `version ${report.noiseVersion}`],
    ['intervals', `${count(bootstrap.replicates)} bootstrap replicates, seed ${bootstrap.seed}`],
    ['engine', engine.devices.length === 0 ? library : `${library} on ${engine.devices.join(', ')}`],
    ['puregalaxy', version],
    ['run by', `Node ${runtime.node}, ${runtime.platform}`],
  ]
  const named = entries.map(({ name }) => plainText(name)).filter((name) => shortened(name) !== name)
  const models = htmlTable({
    ...numbering.table(),
    caption:
      'Models. Weights are named by their SHA-256; a temperature divides the logits, so that confidence is calibrated; the epoch is the one whose weights these are.',
    head: ['model', 'entry', 'architecture', 'parameters', 'input', 'temperature', 'training seed'],
    words: true,
    rows: entries.flatMap((entry) =>
      entry.models.map((model) => [
        {
          text: plainText(model.name),
          below: `version ${plainText(model.version)}, weights ${plainText(model.weights)}`,
        },
        shortened(entry.name),
        plainText(model.architecture),
        count(model.parameters),
        model.inputSize.join(' × '),
        model.temperature === null ? 'not calibrated' : decimal(model.temperature, 3),
        {
          text: numberOr(model.training.seed),
          ...(model.training.epoch === null ? {} : { below: `epoch ${model.training.epoch}` }),
        },
      ]),
    ),
  })
  const training = trainingTables(page)
  const tally = htmlTable({
    ...numbering.table(),
    caption:
      'What the noise met in the pictures as they are: channels of pixels at 0 or 255 (bounds on the light, not measurements), pixels white or black in every channel, pictures whose border shows no noise of the sky to measure, pictures of one colour.',
    head: [
      'noise',
      'pictures',
      'clipped channels',
      'saturated pixels',
      'black pixels',
      'empty borders',
      'of one colour',
    ],
    rows: protocols.map(({ protocol, tally }) => [
      PROTOCOL_TITLES[protocol],
      count(tally.pictures),
      count(tally.clippedChannels),
      count(tally.saturatedPixels),
      count(tally.blackPixels),
      count(tally.emptyBorders),
      count(tally.constantPictures),
    ]),
  })
  return `<section aria-labelledby="measured"><h2 id="measured">What was measured on what</h2>
<dl>${facts.map(([term, text]) => `<dt>${term}</dt><dd>${escapeMarkup(plainText(text))}</dd>`).join('')}</dl>
${command === null ? '' : `<p>Command:</p>\n<pre><code>${escapeMarkup(plainText(command))}</code></pre>`}
${named.length === 0 ? '' : `<p>Entries in full: ${escapeMarkup(named.join('; '))}</p>`}
${models}
${training}
${tally}</section>`
}
