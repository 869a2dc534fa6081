import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../io/temporary-folder.ts'
import { makeGoodFiles, modelFile } from './bad-input/bad-input.ts'
import { runInProcess } from './run-cli.ts'

describe('puregalaxy robustness', { timeout: 120_000 }, () => {
  const folder = temporaryFolder()
  const [model, data] = ['model.safetensors', 'data.h5'].map((name) => join(folder, name)) as [string, string]
  beforeAll(() => makeGoodFiles(folder))

  const robustness = (...more: string[]) =>
    runInProcess(['robustness', model, data, '--engine', 'onnx', '--seeds', '1', '--json', ...more])

  it('takes protocols in several options, and levels as numbers and fractions', async () => {
    const { code, out, err } = await robustness(
      ...['--protocol', 'counts', '--protocol', 'additive', '--levels', 'counts=1e2,60'],
      ...['--levels', 'additive=1/2,0.9,3/4', '--threads', '1'],
    )
    expect([code, err]).toEqual([0, expect.stringMatching(/measured in .* waiting for pictures/)])
    const { protocols } = JSON.parse(out)
    expect(
      protocols.map((each: { protocol: string; levels: number[] }) => [each.protocol, each.levels]),
    ).toEqual([
      ['counts', [100, 60]],
      ['additive', [0.9, 0.75, 0.5]],
    ])
  })

  it('tells that the pixel scale of pictures is not known where exposure needs it, and shipped models by their names', async () => {
    const how = ['--protocol', 'exposure', '--illustration', '--levels', '1/2', '--seeds', '1', '--json']
    const { code, out, err } = await runInProcess(['robustness', 'small', data, '--engine', 'onnx', ...how])
    expect(err).toMatch(/data\.h5 does not tell the pixel scale of every picture: exposure takes 0\.262″/)
    expect([code, JSON.parse(out).entries[0].name]).toEqual([0, 'small (pure20)'])
  })

  it('names entries of one architecture by as much of their paths as tells them apart', async () => {
    const [one, other] = ['p/1/run', 'q/1/run'].map((name) => join(folder, name, 'best.safetensors'))
    for (const path of [one!, other!]) {
      mkdirSync(join(path, '..'), { recursive: true })
      cpSync(model, path)
    }
    const args = ['robustness', one!, data, '--against', other!, '--against', one!, '--engine', 'onnx']
    const { out } = await runInProcess([...args, '--seeds', '1', '--levels', '60', '--json'])
    const names = JSON.parse(out).entries.map(({ name }: { name: string }) => name)
    expect(names).toEqual(['p', 'q', 'p'].map((part) => expect.stringMatching(`…/${part}/1/run\\)$`)))
  })

  it('names ablations by what they change, and training with noise', async () => {
    const noisy = { recipe: { augmentation: { noise: { protocol: 'counts' } } } }
    const variants = [
      modelFile(undefined, undefined, { secondLayer: 'floor', fixedTheta: true }),
      modelFile(undefined, undefined, {}, noisy),
    ].map((bytes, at) => {
      const path = join(folder, `variant-${at}.safetensors`)
      writeFileSync(path, bytes)
      return path
    })
    const { out } = await robustness('--levels', '60', ...variants.flatMap((path) => ['--against', path]))
    const names = JSON.parse(out).entries.map(({ name }: { name: string }) => name)
    expect(names).toEqual(['pure20', 'pure20 (floor, fixed theta)', 'pure20 (trained with counts)'])
  })

  it('tells the range of levels as the protocol has it', async () => {
    const { code, err } = await robustness('--levels', '1e9')
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/1000000000 is out of range; protocol counts expects/),
    ])
  })

  it('goes on from its journal, and says so where passes there are of another engine or other threads', async () => {
    const report = join(folder, 'report')
    const args = ['--levels', '60', '--out', report]
    const first = await robustness(...args, '--threads', '1')
    expect([first.code, first.err]).toEqual([0, expect.not.stringMatching(/passes/)])
    const again = await robustness(...args, '--threads', '1')
    expect(again.err).toMatch(/2 passes are there already/)
    const journals = () => readdirSync(report).filter((name) => name.endsWith('.ndjson'))
    const [own] = journals()
    const other = await robustness(...args, '--threads', '2')
    expect(other.err).toContain(`engine or threads (${own}): they stay, and all is measured anew`)
    expect(journals()).toHaveLength(2)
  })
})
