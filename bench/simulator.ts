/**
 * Simulated galaxies beside genuine ones of Galaxy10 DECaLS: sky, noise, sizes and colours of both, class by class.
 *
 *     npm run bench:simulator -- [--data ../shared/data] [--count 500] [--seed 1] [--json FILE] [--sheet FILE.png]
 *         [--gallery FILE.webp]
 *
 * `--sheet` puts both side by side (for the eye alone: genuine pictures are not ours to publish), `--gallery` draws only
 * the README's picture of simulated galaxies and needs no data. The figures say how far apart the populations are; nothing here decides whether that is near enough (the tests do).
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import {
  FIGURE_NAMES,
  type Figures,
  measureGenuine,
  measureSimulated,
  summarise,
} from './simulator/figures.ts'
import { drawGallery } from './simulator/gallery.ts'
import { drawSheet } from './simulator/sheet.ts'

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.PUREGALAXY_DATA ?? '../shared/data' },
    count: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
    sheet: { type: 'string' },
    gallery: { type: 'string' },
  },
})

const seed = Number(values.seed)
if (values.gallery) await drawGallery(seed, values.gallery)
else await compare()

async function compare(): Promise<void> {
  const genuine = await measureGenuine(values.data)
  const simulated = measureSimulated(Number(values.count), seed)
  const report = { seed, genuine: summarise(genuine), simulated: summarise(simulated) }
  printTable(report.genuine, report.simulated)
  if (values.json) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`)
  if (values.sheet) await drawSheet(values.data, seed, values.sheet)
}

function printTable(left: Figures, right: Figures): void {
  const cell = (value: readonly number[]) => value.map((x) => x.toPrecision(3)).join(' / ')
  console.log(
    `pictures: ${left.pictures} genuine, ${right.pictures} simulated; quantiles 10 / 25 / 50 / 75 / 90 %`,
  )
  for (const name of FIGURE_NAMES) {
    console.log(`${name.padEnd(22)} ${cell(left.all[name]!).padEnd(42)} ${cell(right.all[name]!)}`)
  }
  console.log('medians per class: half-light radius (px), r (mag), g − r, r − z')
  for (const [slug, row] of Object.entries(left.classes)) {
    console.log(`${slug.padEnd(26)} ${cell(row).padEnd(34)} ${cell(right.classes[slug] ?? [])}`)
  }
}
