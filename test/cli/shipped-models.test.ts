import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { GALAXY10_DECALS } from '../../src/survey/galaxy10.ts'
import { galaxyPictures } from '../api/galaxy-pictures.ts'
import { realData } from '../data.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'
import { runProcess } from './run-cli.ts'

const SHIPPED = [
  {
    name: 'large',
    architecture: 'pure34',
    parameters: 21_289_818,
    inputSize: [128, 128, 3],
    version: 'large-1',
  },
  { name: 'small', architecture: 'pure20', parameters: 272_483, inputSize: [64, 64, 3], version: 'small-1' },
]

describe('a model that ships', { timeout: 180_000 }, () => {
  const folder = temporaryFolder()

  async function json(...args: string[]): Promise<Record<string, unknown>> {
    const env = { PUREGALAXY_CACHE: join(folder, 'cache') }
    const { code, out, err } = await runProcess([...args, '--json'], { cwd: folder, env })
    expect(err).not.toMatch(/error:/)
    expect(code).toBe(0)
    return JSON.parse(out) as Record<string, unknown>
  }

  it('is listed with its size and version', async () => {
    const models = (await json('models')) as unknown as { kind: string }[]
    expect(models.filter(({ kind }) => kind === 'shipped')).toEqual(
      SHIPPED.map((model) => ({ ...model, kind: 'shipped', classes: GALAXY10_DECALS.slugs })),
    )
  })

  it.each(SHIPPED)('$name classifies a picture by its name alone', async ({ name, version }) => {
    writeFileSync(join(folder, 'galaxy.jpg'), (await galaxyPictures())['colour.jpg']!)
    const { predictions } = await json('classify', 'galaxy.jpg', '--model', name)
    const [row] = predictions as Record<string, unknown>[]
    expect(row).toMatchObject({ id: 'galaxy.jpg', error: null, model: name, model_version: version })
    const sum = GALAXY10_DECALS.slugs.reduce((total, slug) => total + Number(row![`p_${slug}`]), 0)
    expect(sum).toBeCloseTo(1, 4)
  })

  const decals = realData('decals')
  it.skipIf(!decals).each([
    { name: 'large', accuracy: 66 / 99, size: 128 },
    { name: 'small', accuracy: 56 / 99, size: 64 },
  ])(
    '$name is right on as many real galaxies as its card says (skipped without real data)',
    async ({ name, accuracy, size }) => {
      const data = `decals-${size}.h5`
      const catalogue = join(decals!, 'test.csv')
      await json(
        'import',
        join(decals!, 'test'),
        '--catalog',
        catalogue,
        '--size',
        String(size),
        '--out',
        data,
      )
      const found = await json('evaluate', name, data, '--engine', 'onnx')
      expect(found.n).toBe(99)
      // Processors round differently, which may turn a picture on the edge between two classes.
      expect(Math.abs(Number(found.accuracy) - accuracy)).toBeLessThan(1.5 / 99)
    },
  )
})
