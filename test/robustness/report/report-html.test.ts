import { describe, expect, it } from 'vitest'
import { reportHtml } from '../../../src/robustness/report/index.ts'
import { HOSTILE_NAMES } from './hostile-names.ts'
import { sampleReport } from './sample-report.ts'

/** Without the bytes of pictures, in which any word may stand. */
const markupOf = (html: string) => html.replace(/base64,[^"]*/g, '')

/** Text between the tags, spaces of all kinds as one. */
const textOf = (html: string) =>
  html
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')

describe('reportHtml', () => {
  it('needs nothing from outside, and has no scripts', async () => {
    const html = reportHtml(await sampleReport())
    expect(html).not.toMatch(/<script|<link rel="stylesheet|@import|url\(|\son\w+=|https?:/)
    expect(html).toContain("default-src 'none'")
    for (const [, source] of html.matchAll(/<img src="([^"]{0,30})/g))
      expect(source).toMatch(/^data:image\/webp;base64,/)
  })

  it('shows every figure of accuracy with its interval', async () => {
    const report = await sampleReport()
    const text = textOf(reportHtml(report))
    for (const { curves } of report.protocols)
      for (const { clean, levels } of curves)
        for (const { accuracy, interval } of [clean, ...levels])
          expect(text).toContain(
            `${(100 * accuracy.mean).toFixed(1)} ${interval.map((end) => (100 * end).toFixed(1)).join('–')}`,
          )
  })

  it('names all that somebody needs to do it again', async () => {
    const report = await sampleReport()
    const text = textOf(reportHtml(report))
    const { data, entries, engine, command, runtime, bootstrap } = report
    const { training } = entries[0]!.models[0]!
    const named = [
      data.path,
      data.hash,
      `${engine.name} ${engine.version}`,
      `${runtime.node}, ${runtime.platform}`,
      `${bootstrap.replicates.toLocaleString('en').replace(',', '\u202f')} bootstrap replicates`,
      command!,
      training.dataHash!,
      'recipe augmentation noise protocol counts',
      'trained by puregalaxy 0.1.0',
      ...entries.flatMap(({ models }) => models.map(({ weights }) => weights)),
    ]
    for (const fact of named) expect(text).toContain(fact.replace(/\s+/g, ' '))
  })

  it('says in what network and training entries differ, and where a file says nothing', async () => {
    const text = textOf(reportHtml(await sampleReport()))
    const [differing, all] = text.split('All settings of networks and training')
    expect(differing).toContain('architecture pure20 resnet20 resnet20')
    // A ResNet has no second layer of this kind.
    expect(differing).toContain('secondLayer floor – –')
    expect(differing).toContain('recipe epochs 18 – –')
    expect(differing).not.toContain('shortcut B')
    expect(all).toContain('shortcut B B B')
    const alone = textOf(reportHtml(await sampleReport({ names: ['only'] })))
    expect(alone).not.toContain('Where the entries differ')
    expect(alone).toContain('fixedTheta true')
  })

  it.each([
    [{ minimum: 0.262, maximum: 0.262, unknown: 0 }, '0.262″ per stored pixel'],
    [{ minimum: 0.262, maximum: 1.048, unknown: 0 }, '0.262″ to 1.048″ per stored pixel'],
    [
      { minimum: 0.4, maximum: 0.4, unknown: 2 },
      '0.4″ per stored pixel; of 2 unknown, where exposure takes 0.262″',
    ],
    [{ minimum: null, maximum: null, unknown: 9 }, 'unknown; exposure takes 0.262″'],
  ])('tells the pixel scale %j', async (pixelScale, text) => {
    const report = await sampleReport({ examples: 0 })
    expect(reportHtml({ ...report, data: { ...report.data, pixelScale } })).toContain(`>${text}<`)
  })

  it('says on which pixels noise is drawn, and what resizing after it does', async () => {
    const report = await sampleReport()
    const text = textOf(reportHtml(report))
    expect(text).toContain('drawn on the pixels that the models see, 64 × 64')
    expect(text).toContain('as stored, 256 × 256; then pictures are resized to the 64 × 64')
    expect(text).toContain('averages about 4 × 4 pixels')
    expect(text).toContain('a level is milder here than its exposure')
    const alike = { ...report, data: { ...report.data, storedSize: [64, 64] as const } }
    expect(textOf(reportHtml(alike))).not.toMatch(/as stored, 64|milder/)
  })

  it('heads product units by their entry, and names its first model', async () => {
    const report = await sampleReport()
    const path = `${'folder/'.repeat(20)}best.safetensors`
    const html = reportHtml({ ...report, lenses: report.lenses.map((lens) => ({ ...lens, model: path })) })
    expect(html).toContain('<h3>PURe20: Shot noise (counts)</h3>')
    expect(textOf(html)).toContain(`Of its first model, ${path}.`)
    expect(html).not.toContain('folder/…')
  })

  it('shows of floors without a product θ and inputs on the floor, and no exponents', async () => {
    const report = await sampleReport()
    const [lens] = report.lenses
    const floor = {
      ...lens!,
      units: lens!.units.map((unit) => ({
        ...unit,
        views: unit.views.map((view) => ({ ...view, exponentMin: null, exponentMax: null })),
      })),
    }
    const html = reportHtml({ ...report, lenses: [floor] })
    const units = html.slice(html.indexOf('id="units"'), html.indexOf('id="measured"'))
    expect(textOf(units)).toContain('θ, floor, and fraction of the inputs on the floor')
    expect(textOf(units)).toContain('a sum, conv(max(x, floor), W), and no exponent')
    expect(units).not.toMatch(/least to largest|least and largest|range of the exponents/)
    expect(units.match(/<svg class="chart"/g)).toHaveLength(1)
    expect(reportHtml(report)).not.toContain('and no exponent')
  })

  it('keeps names of people in capitals inside sentences', async () => {
    const report = await sampleReport()
    const additive = { ...report.protocols[0]!, protocol: 'additive' as const }
    const text = textOf(reportHtml({ ...report, protocols: [additive] }))
    expect(text).toContain('without noise and under added Poisson noise (additive), with')
  })

  it('gives each figure a text alternative and each picture a description', async () => {
    const html = reportHtml(await sampleReport())
    const drawings = html.match(/<svg[^>]*>/g)!
    expect(drawings.length).toBeGreaterThan(20)
    for (const drawing of drawings)
      expect(drawing).toMatch(/role="img" aria-label="[^"]{30,}"|aria-hidden="true"/)
    for (const picture of html.match(/<img[^>]*>/g)!) expect(picture).toMatch(/alt="[^"]{10,}"/)
  })

  it('has ids that occur once, and links and labels that lead to one', async () => {
    const html = reportHtml(await sampleReport())
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [, id] of html.matchAll(/(?:href="#|aria-labelledby=")([^"]+)"/g)) expect(ids).toContain(id)
  })

  it('marks right and wrong answers in words', async () => {
    const report = await sampleReport()
    const answers = report.protocols.flatMap(({ examples }) =>
      examples.flatMap(({ label, views }) =>
        views.flatMap((view) => view.answers.map(({ prediction }) => prediction === label)),
      ),
    )
    const html = reportHtml(report)
    expect(html.match(/✓ right/g)).toHaveLength(answers.filter(Boolean).length)
    expect(html.match(/✗ wrong/g)).toHaveLength(answers.filter((right) => !right).length)
  })

  it('warns of an illustration, and only of one', async () => {
    expect(reportHtml(await sampleReport())).toContain('class="warning"')
    expect(reportHtml(await sampleReport({ illustration: false }))).not.toContain('class="warning"')
  })

  it('turns hostile names into text everywhere', async () => {
    const report = await sampleReport({ names: HOSTILE_NAMES })
    const [hostile] = HOSTILE_NAMES
    const everywhere: typeof report = {
      ...report,
      command: hostile!,
      version: hostile!,
      data: {
        ...report.data,
        path: hostile!,
        hash: hostile!,
        classes: { slugs: report.data.classes.slugs, names: report.data.classes.names.map(() => hostile!) },
      },
      engine: { name: hostile!, version: hostile!, devices: [hostile!] },
      runtime: { node: hostile!, platform: hostile! },
      entries: report.entries.map((entry) => ({
        ...entry,
        models: entry.models.map((model) => ({
          ...model,
          name: hostile!,
          architecture: hostile!,
          weights: hostile!,
          version: hostile!,
          training: {
            ...model.training,
            puregalaxy: hostile!,
            dataHash: hostile!,
            recipe: { [hostile!]: { [hostile!]: [hostile!] }, epochs: hostile! },
          },
        })),
      })),
      protocols: report.protocols.map((protocol) => ({
        ...protocol,
        unit: hostile!,
        examples: protocol.examples.map((example) => ({ ...example, id: hostile! })),
      })),
      lenses: report.lenses.map((lens) => ({
        ...lens,
        model: hostile!,
        units: lens.units.map((unit) => ({ ...unit, name: hostile! })),
      })),
    }
    const html = reportHtml(everywhere)
    expect(html).not.toContain('<script')
    expect(html).toContain('&lt;script&gt;')
    // A quote that ends an attribute early leaves a tag with an odd number of quotes.
    for (const tag of html.replace(/<style>.*?<\/style>/s, '').match(/<[a-z][^>]*>/g)!)
      expect(tag.split('"').length % 2, tag).toBe(1)
    expect(html.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u)
  })

  it.each([
    [
      'a single entry',
      { names: ['only'], examples: 0 },
      /McNemar’s exact test|mean corruption error|<h3>Examples/,
    ],
    ['no partial labels', { partial: 0 }, /<h3>Partial labels/],
    ['one level', { levels: [3] }, /level 12</],
  ])('leaves out what there is not: %s', async (_, options, absent) => {
    const html = markupOf(reportHtml(await sampleReport(options)))
    expect(html.match(absent)?.[0]).toBeUndefined()
    expect(html.match(/NaN|undefined|Infinity/)?.[0]).toBeUndefined()
  })

  it('draws figures that are not finite as missing', async () => {
    const report = await sampleReport()
    const broken = JSON.parse(JSON.stringify(report), (key, value) =>
      key === 'exponentMax' || key === 'exponentMin' || key === 'meanConfidence'
        ? Number.NaN
        : key === 'webp'
          ? new Uint8Array()
          : value,
    )
    expect(reportHtml(broken).includes('NaN')).toBe(false)
  })
})
