import { escapeMarkup } from '../../train/markup.ts'
import type { RobustnessReport } from '../report-types.ts'
import { entryLabels, PROTOCOL_TITLES } from './labels.ts'
import { limitSentences } from './limits.ts'
import { Numbering, type Page } from './page.ts'
import { PAGE_STYLE } from './page-style.ts'
import { protocolSection } from './protocol-section.ts'
import { provenanceSection } from './provenance-section.ts'
import { basisSentence, summarySentences } from './summary.ts'
import { unitSection } from './unit-section.ts'

/**
 * index.html of a robustness report: one page without scripts that needs nothing from outside, prints, and follows the
 * reader's light or dark setting.
 *
 * @example await writeFile('index.html', reportHtml(report))
 */
export function reportHtml(report: RobustnessReport): string {
  const page: Page = { report, labels: entryLabels(report.entries), numbering: new Numbering() }
  const [first, ...others] = page.labels
  const title = `Robustness of ${first}`
  const sections = report.protocols.map((protocol) => protocolSection(page, protocol))
  const units = unitSection(page)
  const measured = provenanceSection(page)
  const contents = [
    ['summary', 'Summary'],
    ...report.protocols.map(({ protocol }) => [`noise-${protocol}`, PROTOCOL_TITLES[protocol]]),
    ...(units === '' ? [] : [['units', 'Product units']]),
    ['measured', 'What was measured on what'],
    ['limits', 'Limits of the claim'],
  ]
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="generator" content="${escapeMarkup(`puregalaxy ${report.version}`)}">
<title>${escapeMarkup(title)}</title>
<link rel="icon" href="data:,">
<style>${PAGE_STYLE}</style></head>
<body>
<header><h1>${escapeMarkup(title)}</h1>
${others.length === 0 ? '' : `<p>Compared with ${escapeMarkup(others.join(', '))}.</p>`}
<nav aria-label="Contents"><ul>${contents.map(([id, name]) => `<li><a href="#${id}">${name}</a></li>`).join('')}</ul></nav></header>
<main>
${summarySection(page)}
${sections.join('\n')}
${units}
${measured}
<section aria-labelledby="limits"><h2 id="limits">Limits of the claim</h2>
<ul>${limitSentences(report)
    .map((sentence) => `<li>${escapeMarkup(sentence)}</li>`)
    .join('\n')}</ul></section>
</main>
<footer><p>Made by puregalaxy ${escapeMarkup(report.version)}; format ${report.formatVersion}. The same figures are in results.json, results.csv and results.tex.</p></footer>
</body></html>
`
}

function summarySection(page: Page): string {
  const blocks = page.report.protocols.map(
    (protocol) =>
      `<h3>${PROTOCOL_TITLES[protocol.protocol]}</h3>\n<ul>${summarySentences(page, protocol)
        .map((sentence) => `<li>${escapeMarkup(sentence)}</li>`)
        .join('\n')}</ul>`,
  )
  return `<section class="summary" aria-labelledby="summary"><h2 id="summary">Summary</h2>
<p>${escapeMarkup(basisSentence(page))}</p>
${blocks.join('\n')}
<p><a href="#limits">What this does not show</a></p></section>`
}
