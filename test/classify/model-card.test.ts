import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readModelCard } from '../../src/classify/read-model-card.ts'
import { resolveModel } from '../../src/classify/shipped-models.ts'
import { readTrainedModel } from '../../src/train/trained-model.ts'

const README = readFileSync(join(import.meta.dirname, '../../weights/README.md'), 'utf8')

describe('the card of a model', () => {
  it.each([
    { model: 'small', architecture: 'pure20', parameters: 272_483 },
    { model: 'large', architecture: 'pure34', parameters: 21_289_818 },
  ])('of $model has the figures that weights/README.md has', async ({ model, ...network }) => {
    const { path, name } = await resolveModel(model)
    const card = await readModelCard(await readTrainedModel(path, name), path)
    expect(card).toMatchObject({ ...network, calibrated: true })
    expect(card.tests).toHaveLength(2)
    const percent = (fraction: number) => (100 * fraction).toFixed(1)
    for (const { pictures, count, accuracy, interval } of card.tests)
      expect(README).toContain(
        `| ${pictures} | ${count} | ${percent(accuracy)} % (${interval.map(percent).join('–')}) |`,
      )
    expect(card.limits.length).toBeGreaterThan(3)
  })

  it('of another says what its file says: no tests, and no validation where there was none', async () => {
    const { path, name } = await resolveModel('small')
    const model = await readTrainedModel(path, name)
    const own = await readModelCard(model, undefined)
    expect(own).toMatchObject({ validation: { count: 389 }, trainingPictures: 9143, tests: [], limits: [] })
    const metadata = { ...model.metadata, temperature: null, provenance: { validation: null } }
    expect(await readModelCard({ ...model, metadata }, undefined)).toMatchObject({
      validation: null,
      trainingPictures: null,
      calibrated: false,
    })
  })
})
