import type { ProtocolReport } from '../report-types.ts'
import { accuracySection } from './accuracy-section.ts'
import { classSection } from './class-section.ts'
import { comparisonSection } from './comparison-section.ts'
import { confidenceSection } from './confidence-section.ts'
import { exampleSection } from './example-section.ts'
import { PROTOCOL_MEANINGS, PROTOCOL_TITLES } from './labels.ts'
import type { Page } from './page.ts'
import { sizeSentences } from './picture-sizes.ts'

export const ILLUSTRATION =
  'Illustration, not a measurement: these pictures do not have the stretch that exposure noise assumes. Quote no figure of this section as a result.'

/** All about one protocol. Markup. */
export function protocolSection(page: Page, protocol: ProtocolReport): string {
  const id = `noise-${protocol.protocol}`
  return `<section aria-labelledby="${id}"><h2 id="${id}">${PROTOCOL_TITLES[protocol.protocol]}</h2>
${protocol.illustration ? `<p class="warning" role="note"><b>Warning.</b> ${ILLUSTRATION}</p>` : ''}
<p>${PROTOCOL_MEANINGS[protocol.protocol]} ${sizeSentences(page.report, protocol.protocol)}</p>
${accuracySection(page, protocol)}
${comparisonSection(page, protocol)}
${exampleSection(page, protocol)}
${classSection(page, protocol)}
${confidenceSection(page, protocol)}</section>`
}
