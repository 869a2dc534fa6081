import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { add, conv2d, matMul, mul, type Tensor4D } from '@tensorflow/tfjs-core'
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import { listEngines, openEngine, type ProgramDefinition } from '../../src/engine/index.ts'
import { findPlugin } from '../../src/engine/xla/find-plugin.ts'
import { testedEngines } from './available.ts'

const pair = { shape: [2], dtype: 'float32' as const }
const twice: ProgramDefinition = { fn: ([x]) => [add(x!, x!)], inputs: [pair] }
const ones = { ...pair, data: Float32Array.of(1, 2) }

describe('choosing an engine', () => {
  it('lists every engine, with a reason where one is not available', async () => {
    const engines = await listEngines()
    expect(engines.map(({ name }) => name)).toEqual(['onnx', 'xla', 'tensorflow', 'wasm', 'cpu'])
    for (const { available, reason, devices } of engines) {
      expect(available).toBe(reason === null)
      expect(devices.length > 0).toBe(available)
    }
  })

  it('takes the fastest available one for auto', async () => {
    const xla = (await listEngines()).find(({ name }) => name === 'xla')!
    const accelerator = xla.devices.some((device) => !device.startsWith('CPU'))
    for (const purpose of ['inference', 'training'] as const)
      expect((await openEngine('auto', { purpose })).name).toBe(accelerator ? 'xla' : 'onnx')
  })

  it('says what is wrong with a name, a number of threads, or an engine that is not there', async () => {
    await expect(openEngine('gpu' as 'cpu')).rejects.toThrow(/no engine "gpu".*onnx/)
    await expect(openEngine('cpu', { threads: 0 })).rejects.toThrow(/threads must be a whole number above 0/)
    for (const devices of [0, -1, 1.5])
      await expect(openEngine('xla', { devices })).rejects.toThrow(/devices must be a whole number above 0/)
    await expect(openEngine('wasm', { purpose: 'training' })).rejects.toThrow(/"wasm" cannot train/)
    await expect(openEngine('cpu', { precision: 'bfloat16' })).rejects.toThrow(/"cpu" computes in float32/)
    await expect(openEngine('onnx', { devices: 2 })).rejects.toThrow(/several devices need --engine xla/)
  })
})

describe.each(await testedEngines('onnx', 'xla', 'tensorflow', 'cpu'))(
  'programs of $title',
  ({ name, skip }) => {
    const it = test.skipIf(skip)

    it('take buffers and host tensors, and check shapes and numbers', async () => {
      const engine = await openEngine(name)
      const program = await engine.compile(twice.fn, twice.inputs)
      const [first] = await program.run([await engine.upload(ones)])
      const [second] = await program.run([first!])
      expect([...(await second!.read()).data]).toEqual([4, 8])
      await expect(program.run([])).rejects.toThrow(/takes 1 inputs, but 0/)
      const three = { shape: [3], dtype: 'float32' as const, data: new Float32Array(3) }
      await expect(program.run([three])).rejects.toThrow(/float32\[2\], but float32\[3\]/)
    })

    it('come with the version of the library that runs them', async () => {
      expect((await openEngine(name)).version).toMatch(/^\d+\.\d+/)
    })

    it('refuse buffers after dispose', async () => {
      const engine = await openEngine(name)
      const program = await engine.compile(twice.fn, twice.inputs)
      const buffer = await engine.upload(ones)
      buffer.dispose()
      await expect(program.run([buffer])).rejects.toMatchObject({ code: 'engine.disposed' })
    })

    it('copy what is uploaded, and what is read', async () => {
      const engine = await openEngine(name)
      const data = Float32Array.of(1, 2)
      const buffer = await engine.upload({ ...pair, data })
      data[0] = 9
      const read = await buffer.read()
      read.data[1] = 9
      expect([...(await buffer.read()).data]).toEqual([1, 2])
    })

    it('refuse data that is not of the stated size or type', async () => {
      const engine = await openEngine(name)
      await expect(engine.upload({ ...pair, data: new Float32Array(3) })).rejects.toThrow(
        /holds 2 elements, but 3/,
      )
      await expect(engine.upload({ ...pair, data: new Int32Array(2) })).rejects.toThrow(
        /wants a Float32Array/,
      )
      const missing = { ...pair, data: undefined as unknown as Float32Array }
      await expect(engine.upload(missing)).rejects.toThrow(/wants a Float32Array, but got undefined/)
      const program = await engine.compile(twice.fn, twice.inputs)
      await expect(program.run([{ ...pair, data: new Float32Array(1) }])).rejects.toMatchObject({
        code: 'engine.shape',
      })
      await expect(program.run([{ ...pair, data: new Int32Array(2) }])).rejects.toMatchObject({
        code: 'engine.type',
      })
    })

    it('refuse inputs that are no tensors', async () => {
      const engine = await openEngine(name)
      const half = { shape: [2], dtype: 'float16' as 'float32' }
      await expect(engine.compile(twice.fn, [half])).rejects.toThrow(/no element type "float16"/)
      const values = new Float32Array(2)
      await expect(engine.upload({ ...half, data: values })).rejects.toThrow(/no element type "float16"/)
      for (const length of [-2, 1.5, Number.NaN]) {
        const spec = { shape: [length], dtype: 'float32' as const }
        await expect(engine.compile(twice.fn, [spec])).rejects.toMatchObject({ code: 'engine.shape' })
      }
      const constants = new Map([[0, { ...pair, data: new Float32Array(3) }]])
      await expect(engine.compile(twice.fn, [pair], { constants })).rejects.toMatchObject({
        code: 'engine.shape',
      })
    })

    it('refuse to run after dispose', async () => {
      const engine = await openEngine(name)
      const program = await engine.compile(twice.fn, twice.inputs)
      program.dispose()
      await expect(program.run([ones])).rejects.toMatchObject({ code: 'engine.disposed' })
    })

    it('accept an input that nothing reads', async () => {
      const engine = await openEngine(name)
      const program = await engine.compile(([x]) => [mul(x!, 3)], [pair, pair])
      const [result] = await program.run([ones, ones])
      expect([...(await result!.read()).data]).toEqual([3, 6])
    })
  },
)

describe('programs of onnx', () => {
  it('that need more memory than there is say so, and what to do', async () => {
    // A square of 2^48 numbers: more than processors can address.
    const column = { shape: [2 ** 24, 1], dtype: 'float32' as const }
    const engine = await openEngine('onnx')
    const program = await engine.compile(([x]) => [matMul(x!, x!, false, true)], [column])
    const run = program.run([{ ...column, data: new Float32Array(2 ** 24) }])
    await expect(run).rejects.toMatchObject({ code: 'engine.out-of-memory' })
    await expect(run).rejects.toThrow(/not enough memory; use a smaller batch/)
  })
})

describe.each(await testedEngines('onnx', 'xla'))('compiled programs of $title', ({ name, skip }) => {
  const it = test.skipIf(skip)
  let folder: string
  beforeEach(async () => {
    // Plugins that were installed lie in the cache that is put aside here.
    const plugin = await findPlugin()
    folder = mkdtempSync(join(tmpdir(), 'programs-'))
    if ('path' in plugin) vi.stubEnv('PUREGALAXY_PJRT_PLUGIN', plugin.path)
    vi.stubEnv('PUREGALAXY_CACHE', folder)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })

  const definition: ProgramDefinition = {
    fn: ([x, w]) => [conv2d(x as Tensor4D, w as Tensor4D, 1, 'same')],
    inputs: [
      { shape: [1, 4, 4, 2], dtype: 'float32' },
      { shape: [1, 1, 2, 2], dtype: 'float32' },
    ],
    constants: new Map([[1, { shape: [1, 1, 2, 2], dtype: 'float32', data: Float32Array.of(1, 0, 0, 1) }]]),
  }
  const picture = { shape: [1, 4, 4, 2], dtype: 'float32' as const, data: new Float32Array(32).fill(3) }

  it('are kept under their key and started again without being defined', async () => {
    const engine = await openEngine(name)
    let defined = 0
    const define = async () => {
      defined++
      return definition
    }
    for (let time = 0; time < 2; time++) {
      const program = await engine.compileCached('key', define)
      const [same] = await program.run([picture])
      expect((await same!.read()).data).toEqual(picture.data)
    }
    expect(defined).toBe(1)
    await engine.compileCached('another key', define)
    expect(defined).toBe(2)
  })

  it('are defined anew where the cache is damaged, and work where it cannot be written', async () => {
    const engine = await openEngine(name)
    await engine.compileCached('key', async () => definition)
    const [file] = readdirSync(join(folder, 'programs'))
    writeFileSync(join(folder, 'programs', file!), 'PGPROG01 but not really')
    let defined = false
    const define = async () => {
      defined = true
      return definition
    }
    const program = await engine.compileCached('key', define)
    expect(defined).toBe(true)
    expect(await program.run([picture])).toHaveLength(1)
    process.env.PUREGALAXY_CACHE = join(folder, 'programs', file!)
    expect(await (await engine.compileCached('third', define)).run([picture])).toHaveLength(1)
  })
})
