import { describe, expect, it } from 'vitest'
import { limitSentences } from '../../../src/robustness/report/limits.ts'
import type { RobustnessReport } from '../../../src/robustness/report-types.ts'
import { sampleReport } from './sample-report.ts'

const report = () => sampleReport({ names: ['A', 'B'], levels: [60, 3], examples: 0 })
const limitsOf = (of: RobustnessReport) => limitSentences(of).join('\n')

describe('the limits of a report', () => {
  it('name the models that were trained on the data that they are judged on, by its hash', async () => {
    const sample = await report()
    expect(limitsOf(sample)).not.toContain('trained on the same data')
    const [first, second] = sample.entries
    const models = second!.models.map((model) => ({
      ...model,
      training: { ...model.training, dataHash: sample.data.hash },
    }))
    const entries = [first!, { ...second!, models }]
    expect(limitsOf({ ...sample, entries })).toMatch(/^B: trained on the same data/m)
  })

  it('say of exposures where the pixel scale is unknown', async () => {
    const sample = await report()
    expect(limitsOf(sample)).not.toContain('pixel scale of')
    const withScales = (pixelScale: RobustnessReport['data']['pixelScale'], { protocols } = sample) =>
      limitsOf({ ...sample, protocols, data: { ...sample.data, pixelScale } })
    const unknown = { minimum: 0.262, maximum: 0.5, unknown: 3 }
    expect(withScales(unknown)).toMatch(/The pixel scale of 3\spictures is unknown and taken as 0\.262″/)
    const counts = sample.protocols.filter(({ protocol }) => protocol === 'counts')
    expect(withScales(unknown, { ...sample, protocols: counts })).not.toContain('pixel scale of')
  })

  it('say why relative accuracies are not compared where they cannot be', async () => {
    const sample = await report()
    expect(limitsOf(sample)).not.toContain('are not compared')
    const protocols = sample.protocols.map((protocol) => ({
      ...protocol,
      comparisons: protocol.comparisons.map((comparison) => ({ ...comparison, relative: null })),
    }))
    expect(limitsOf({ ...sample, protocols })).toContain(
      'Relative accuracies of some entries are not compared',
    )
  })

  it('say of an interval without width that it is no certainty', async () => {
    const sample = await report()
    expect(limitsOf(sample)).not.toContain('has no width')
    const protocols = sample.protocols.map((protocol) => ({
      ...protocol,
      curves: protocol.curves.map((curve) => ({
        ...curve,
        clean: { ...curve.clean, interval: [0, 0] as const },
      })),
    }))
    expect(limitsOf({ ...sample, protocols })).toContain('an interval has no width')
  })
})
