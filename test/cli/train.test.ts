import { existsSync } from 'node:fs'
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

it('says nothing of a fast engine', async () => {
  const { code, err } = await runInProcess(train('onnx', '--engine', 'onnx', '--epochs', '1'))
  expect(code, err).toBe(0)
  expect(err).not.toMatch(/warning/)
})
