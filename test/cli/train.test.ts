import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../io/temporary-folder.ts'
import { writeTinyData } from '../train/tiny-data.ts'
import { runInProcess } from './run-cli.ts'

vi.setConfig({ testTimeout: 120_000 })

const folder = temporaryFolder()
let data: string

beforeAll(async () => {
  data = await writeTinyData(folder, 66)
})

const train = (run: string, ...more: string[]) => [
  ...['train', data, '--model', 'resnet20', '--width', '0.0625', '--batch-size', '4', '--threads', '1'],
  ...['--val', '0', '--out', join(folder, run), ...more],
]

it('warns of the slow engine, and can be interrupted while it computes', async () => {
  const interruption = new AbortController()
  const config = join(folder, 'cpu', 'config.json')
  const looking = setInterval(() => {
    if (!existsSync(config)) return
    clearInterval(looking)
    setTimeout(() => interruption.abort(), 500)
  }, 20)
  const options = ['--engine', 'cpu', '--epochs', '1000']
  const { code, err } = await runInProcess(train('cpu', ...options), { signal: interruption.signal })
  expect(err).toMatch(
    /^warning: engine cpu .*npm install onnxruntime-node.*puregalaxy engine install xla-cpu/,
  )
  expect(err).toMatch(/interrupted; go on with: puregalaxy resume/)
  expect(code).toBe(130)
  expect(existsSync(join(folder, 'cpu', 'last.safetensors'))).toBe(true)
})

it('hands ablations and noise on to the run, levels and probability by default those of the protocol and a half', async () => {
  const pure = [
    'train',
    data,
    '--model',
    'pure20',
    '--width',
    '0.0625',
    '--batch-size',
    '4',
    '--threads',
    '1',
  ]
  const begin = async (run: string, ...more: string[]) => {
    const rest = ['--val', '0', '--epochs', '1', '--engine', 'onnx', '--out', join(folder, run)]
    const { code, err } = await runInProcess([...pure, ...rest, ...more])
    expect(code, err).toBe(0)
    return JSON.parse(readFileSync(join(folder, run, 'config.json'), 'utf8'))
  }
  const whole = await begin('ablation', '--second-layer', 'floor', '--fixed-theta', '--noise', 'counts')
  expect(whole.model).toMatchObject({ secondLayer: 'floor', fixedTheta: true })
  expect(whole.recipe.augmentation).toMatchObject({
    symmetry: 'square',
    noise: { protocol: 'counts', levels: [60, 25, 12, 5, 3], probability: 0.5 },
  })
  const levels = ['--noise', 'counts', '--noise-levels', '500,50', '--noise-probability', '0.25']
  const { model, recipe } = await begin('noise', ...levels)
  expect(model).toMatchObject({ secondLayer: 'product', fixedTheta: false })
  expect(recipe.augmentation.noise).toEqual({ protocol: 'counts', levels: [500, 50], probability: 0.25 })
})

it('says nothing of a fast engine', async () => {
  const { code, err } = await runInProcess(train('onnx', '--engine', 'onnx', '--epochs', '1'))
  expect(code, err).toBe(0)
  expect(err).not.toMatch(/warning/)
})

it('refuses --data-on-device for what only the host prepares as wrong usage, and leaves nothing', async () => {
  const options = ['--engine', 'onnx', '--noise', 'counts', '--data-on-device']
  const { code, err } = await runInProcess(train('refused', ...options))
  expect(code).toBe(2)
  expect(err).toMatch(
    /^error: Noise is drawn on the host where the engine is onnx: leave out --data-on-device/,
  )
  expect(existsSync(join(folder, 'refused'))).toBe(false)
})
