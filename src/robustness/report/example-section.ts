import { escapeMarkup } from '../../train/markup.ts'
import type { Example, ExampleView, ProtocolReport } from '../report-types.ts'
import { levelPhrase, levelText, plainText, shortened } from './labels.ts'
import { colour } from './marks.ts'
import { counted, percent } from './numbers.ts'
import type { Page } from './page.ts'

/** Pictures as they are and at every level, with what the first model of each entry says. Markup. */
export function exampleSection(page: Page, protocol: ProtocolReport): string {
  if (protocol.examples.length === 0) return ''
  return `<h3>Examples</h3>
<p>${counted(protocol.examples.length, 'picture')} under the first noise seed, with the answer and confidence of the first model of each entry. They illustrate the levels; they are no sample to judge by.</p>
${protocol.examples.map((example) => exampleStrip(page, protocol, example)).join('\n')}`
}

function exampleStrip(page: Page, protocol: ProtocolReport, example: Example): string {
  const label = shortened(className(page, example.label))
  const id = shortened(example.id)
  const name = `${id === '' ? '' : `${id}, `}row ${example.index}: ${label}`
  return `<section class="example" aria-label="${escapeMarkup(`Example ${name}`)}"><h4>${escapeMarkup(label)} <small>${escapeMarkup(id === '' ? `row ${example.index}` : `${id}, row ${example.index}`)}</small></h4>
<div class="scroll" role="region" tabindex="0" aria-label="${escapeMarkup(`Views of ${name}`)}"><ol class="views">
${example.views.map((view) => `<li>${viewMarkup(page, protocol, example, view)}</li>`).join('\n')}
</ol></div></section>`
}

function viewMarkup(page: Page, protocol: ProtocolReport, example: Example, view: ExampleView): string {
  const level = levelText(protocol.protocol, view.level)
  const alternative = `${shortened(className(page, example.label))}, ${levelPhrase(protocol, view.level)}`
  const answers = view.answers.map(({ prediction, confidence }, entry) => {
    const right = prediction === example.label
    // A model whose output is not finite predicts nothing: −1.
    const said =
      prediction < 0 ? 'no answer' : `${shortened(className(page, prediction))}, ${percent(confidence)}`
    return `<li class="${right ? 'right' : 'wrong'}"><span class="entry" style="border-color: ${colour(entry)}">${escapeMarkup(page.labels[entry]!)}</span> <b>${right ? '✓ right' : '✗ wrong'}</b> ${escapeMarkup(said)}</li>`
  })
  return `<img src="data:image/webp;base64,${Buffer.from(view.webp).toString('base64')}" alt="${escapeMarkup(alternative)}" width="128"><p class="panel">${escapeMarkup(level)}</p><ul>${answers.join('')}</ul>`
}

function className({ report }: Page, k: number): string {
  return plainText(report.data.classes.names[k] ?? `class ${k}`)
}
