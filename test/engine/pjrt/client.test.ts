import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, describe, expect, it } from 'vitest'
import { liveHandles, loadPlugin } from '../../../src/engine/pjrt/index.ts'
import { encodeCompileOptions } from '../../../src/engine/xla/compile-options.ts'
import { PLUGIN_PATH, testClient } from '../xla/run-text.ts'

const title = `a client${PLUGIN_PATH ? '' : ' (skipped: there is no plugin)'}`
const NOTHING = { client: 0, executable: 0, buffer: 0, event: 0 }

/** Adds 1 to each element; with `donated`, into the memory of its argument. */
const increment = (size: number, donated = false) => `module @increment {
  func.func public @main(%a: tensor<${size}xf32>${donated ? ' {tf.aliasing_output = 0 : i32}' : ''}) -> tensor<${size}xf32> {
    %one = stablehlo.constant dense<1.0> : tensor<${size}xf32>
    %0 = stablehlo.add %a, %one : tensor<${size}xf32>
    return %0 : tensor<${size}xf32>
  }
}`

/** `count` matrix products, one after the other. */
const products = (size: number, count: number) => {
  const type = `tensor<${size}x${size}xf32>`
  const lines = Array.from({ length: count }, (_, at) => {
    const left = at === 0 ? '%a' : `%${at - 1}`
    return `%${at} = stablehlo.dot_general ${left}, %a, contracting_dims = [1] x [0] : (${type}, ${type}) -> ${type}`
  })
  return `module @products { func.func public @main(%a: ${type}) -> ${type} {
    ${lines.join('\n')}
    return %${count - 1} : ${type}
  } }`
}

describe.skipIf(!PLUGIN_PATH)(title, () => {
  afterAll(async () => (await testClient()).dispose())

  it('names its platform and its devices', async () => {
    const client = await testClient()
    expect(client.platformName).not.toBe('')
    expect(client.devices.length).toBeGreaterThan(0)
    expect(client.devices[0]!.kind).not.toBe('')
    const memory = client.devices[0]!.memoryStats()
    if (memory) expect(memory.inUse).toBeGreaterThanOrEqual(0)
  })

  it('brings back what it uploaded, of every type and rank, empty ones too', async () => {
    const client = await testClient()
    const device = client.devices[0]!
    for (const [data, type, shape] of [
      [Float32Array.of(1.5), 'float32', []],
      [Int32Array.of(-1, 2, 3, 4, 5, 6), 'int32', [3, 2]],
      [Uint8Array.from({ length: 120 }, (_, at) => at), 'uint8', [2, 3, 4, 5]],
      [new Float32Array(100_000).fill(7), 'float32', [100_000]],
      [new Float32Array(0), 'float32', [0, 3]],
    ] as const) {
      const buffer = await client.upload(data, type, shape, device)
      expect(buffer.shape).toEqual(shape)
      expect(buffer.elementType).toBe(type)
      expect(await buffer.read()).toEqual(data)
      buffer.dispose()
    }
    await expect(async () => client.upload(new Float32Array(2), 'float32', [3], device)).rejects.toThrow(
      /holds 3/,
    )
  })

  it('explains what is wrong with a program, and lives on', async () => {
    const client = await testClient()
    const options = encodeCompileOptions()
    await expect(client.compile('nonsense', options)).rejects.toThrow(/PJRT_Client_Compile: .*nonsense/s)
    await expect(client.compile('', options)).rejects.toMatchObject({
      code: expect.stringMatching(/^pjrt\./),
    })
    const wrong = increment(4).replace('stablehlo.add %a, %one', 'stablehlo.add %a, %two')
    await expect(client.compile(wrong, options)).rejects.toThrow(/:4:28: error: use of undeclared/)
    await expect(client.compile(increment(4), Uint8Array.of(255, 255, 255))).rejects.toThrow(
      /PJRT_Client_Compile/,
    )
    await expect(client.deserialise(Uint8Array.of(1, 2, 3))).rejects.toThrow(/DeserializeAndLoad/)
    const executable = await client.compile(increment(4), options)
    expect(executable.outputCount).toBe(1)
    executable.dispose()
  })

  it('refuses arguments that a program does not take', async () => {
    const client = await testClient()
    const executable = await client.compile(increment(4), encodeCompileOptions())
    const short = await client.upload(new Float32Array(3), 'float32', [3], client.devices[0]!)
    const run = async () => (await executable.execute([[short]]))[0]![0]!.read()
    await expect(run()).rejects.toMatchObject({ code: expect.stringMatching(/^pjrt\./) })
    await expect(async () => executable.execute([[short], [short]])).rejects.toThrow(/runs on 1 devices/)
    short.dispose()
    await expect(async () => executable.execute([[short]])).rejects.toMatchObject({ code: 'pjrt.disposed' })
    executable.dispose()
  })

  it('runs an executable that was serialised', async () => {
    const client = await testClient()
    const first = await client.compile(increment(4), encodeCompileOptions())
    const executable = await client.deserialise(await first.serialise())
    first.dispose()
    const argument = await client.upload(Float32Array.of(1, 2, 3, 4), 'float32', [4], client.devices[0]!)
    const [[result]] = (await executable.execute([[argument]])) as [[typeof argument]]
    expect(await result.read()).toEqual(Float32Array.of(2, 3, 4, 5))
    for (const each of [argument, result, executable]) each.dispose()
  })

  it('takes over the memory of a donated argument, which holds nothing afterwards', async () => {
    const client = await testClient()
    const executable = await client.compile(increment(4, true), encodeCompileOptions())
    const argument = await client.upload(new Float32Array(4), 'float32', [4], client.devices[0]!)
    const [[result]] = (await executable.execute([[argument]])) as [[typeof argument]]
    expect(await result.read()).toEqual(new Float32Array(4).fill(1))
    await expect(argument.read()).rejects.toThrow(/deleted or donated/)
    for (const each of [argument, result, executable]) each.dispose()
  })

  it('keeps what is disposed while a run uses it', async () => {
    const client = await testClient()
    const executable = await client.compile(increment(4), encodeCompileOptions())
    const argument = await client.upload(new Float32Array(4), 'float32', [4], client.devices[0]!)
    const running = executable.execute([[argument]])
    argument.dispose()
    executable.dispose()
    const [[result]] = (await running) as [[typeof argument]]
    const reading = result.read()
    result.dispose()
    expect(await reading).toEqual(new Float32Array(4).fill(1))
  })

  it('leaves the event loop free while a device computes', async () => {
    const client = await testClient()
    const size = 512
    const executable = await client.compile(products(size, 40), encodeCompileOptions())
    const values = new Float32Array(size * size).fill(1 / size)
    const argument = await client.upload(values, 'float32', [size, size], client.devices[0]!)
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const started = performance.now()
    const [[result]] = (await executable.execute([[argument]])) as [[typeof argument]]
    expect((await result.read())[0]).toBeCloseTo(1 / size, 5)
    const milliseconds = performance.now() - started
    clearInterval(timer)
    // A timer of 1 ms, on a machine that does other things too.
    expect(ticks).toBeGreaterThan(milliseconds / 20)
    for (const each of [argument, result, executable]) each.dispose()
  })

  it('frees a buffer that was forgotten, when it is collected', async () => {
    const client = await testClient()
    const forget = async () => {
      await client.upload(new Float32Array(4), 'float32', [4], client.devices[0]!)
    }
    await forget()
    const before = liveHandles().buffer
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    for (let attempt = 0; attempt < 20 && liveHandles().buffer === before; attempt++) {
      collect()
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(liveHandles().buffer).toBeLessThan(before)
  })

  it('waits at dispose for reads of results that are still computed', async () => {
    await (await testClient()).dispose()
    const client = await loadPlugin(PLUGIN_PATH!).createClient()
    const size = 1024
    const executable = await client.compile(products(size, 4), encodeCompileOptions())
    const values = new Float32Array(size * size).fill(1 / size)
    const argument = await client.upload(values, 'float32', [size, size], client.devices[0]!)
    const [[result]] = (await executable.execute([[argument]])) as [[typeof argument]]
    let ended = 0
    const reads = Array.from({ length: 16 }, async (_, at) => {
      const read = await (at % 2 === 0 ? result : argument).read()
      ended++
      return read
    })
    await client.dispose()
    expect(ended).toBe(reads.length)
    expect(liveHandles()).toEqual(NOTHING)
    for (const read of await Promise.all(reads)) expect(read[size]).toBeCloseTo(1 / size, 5)
    await expect(result.read()).rejects.toMatchObject({ code: 'pjrt.disposed' })
  })

  it('leaves no handle behind, neither after failures nor of what was not disposed', async () => {
    await (await testClient()).dispose()
    expect(liveHandles()).toEqual(NOTHING)
    const client = await loadPlugin(PLUGIN_PATH!).createClient()
    const executable = await client.compile(increment(1000), encodeCompileOptions())
    const device = client.devices[0]!
    let state = await client.upload(new Float32Array(1000), 'float32', [1000], device)
    for (let step = 0; step < 50; step++) {
      const [[next]] = (await executable.execute([[state]])) as [[typeof state]]
      if (step % 10 === 0) await next.read()
      state.dispose()
      state = next
    }
    await client.compile('nonsense', encodeCompileOptions()).catch(() => {})
    expect((await state.read())[0]).toBe(50)
    // What was read can be there before the word that its run has ended.
    await expect.poll(liveHandles).toEqual({ client: 1, executable: 1, buffer: 1, event: 0 })
    const forgotten = executable.execute([[state]])
    await client.dispose()
    expect(liveHandles()).toEqual(NOTHING)
    await forgotten
    await client.dispose()
    await expect(async () => client.compile(increment(2), encodeCompileOptions())).rejects.toThrow(
      /used after dispose/,
    )
  })
})
