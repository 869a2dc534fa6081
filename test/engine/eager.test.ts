import { add, getBackend, grads, type Scalar, square, sum } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { openEngine } from '../../src/engine/index.ts'

// The first test, because the backend starts once a process.
it('wasm engines opened at once all start, and leave the backend that was active as it was', async () => {
  const cpu = await openEngine('cpu')
  const before = getBackend()
  const opened = await Promise.all([openEngine('wasm'), openEngine('wasm')])
  expect(opened.map(({ name }) => name)).toEqual(['wasm', 'wasm'])
  expect(getBackend()).toBe(before)
  await cpu.dispose()
})

it.each(['cpu', 'wasm'] as const)('%s runs a function and tells the shapes of its outputs', async (name) => {
  const engine = await openEngine(name)
  const program = await engine.compile(
    ([a, b]) => [add(a!, b!), sum(square(a!))],
    [
      { shape: [2, 3], dtype: 'float32' },
      { shape: [3], dtype: 'uint8' },
    ],
  )
  expect(program.outputs).toEqual([
    { shape: [2, 3], dtype: 'float32' },
    { shape: [], dtype: 'float32' },
  ])
  const [total, squares] = await program.run([
    { shape: [2, 3], dtype: 'float32', data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    { shape: [3], dtype: 'uint8', data: Uint8Array.of(10, 20, 30) },
  ])
  expect([...(await total!.read()).data]).toEqual([11, 22, 33, 14, 25, 36])
  expect((await squares!.read()).data[0]).toBe(91)
})

it('cpu lets the event loop turn between runs, so that a signal is seen before the next', async () => {
  const engine = await openEngine('cpu')
  const program = await engine.compile(([a]) => [square(a!)], [{ shape: [1], dtype: 'float32' }])
  let stopped = false
  setTimeout(() => {
    stopped = true
  }, 5)
  let runs = 0
  for (const deadline = performance.now() + 10_000; !stopped && performance.now() < deadline; runs++)
    await program.run([{ shape: [1], dtype: 'float32', data: Float32Array.of(3) }])
  expect(stopped).toBe(true)
  expect(runs).toBeGreaterThan(0)
})

it('cpu takes gradients', async () => {
  const engine = await openEngine('cpu')
  const program = await engine.compile(
    (inputs) => grads((x) => sum(square(x!)) as Scalar)(inputs),
    [{ shape: [2], dtype: 'float32' }],
  )
  const [gradient] = await program.run([{ shape: [2], dtype: 'float32', data: Float32Array.of(3, -4) }])
  expect([...(await gradient!.read()).data]).toEqual([6, -8])
})
