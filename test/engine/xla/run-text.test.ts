import { describe, expect, it } from 'vitest'
import { PLUGIN_PATH, runText } from './run-text.ts'

describe.skipIf(!PLUGIN_PATH)('StableHLO text (skipped without a plugin)', () => {
  it('is compiled and run', async () => {
    const module = `module @sum {
      func.func public @main(%a: tensor<2x2xf32>, %b: tensor<2x2xf32>) -> tensor<2x2xf32> {
        %0 = stablehlo.add %a, %b : tensor<2x2xf32>
        return %0 : tensor<2x2xf32>
      }
    }`
    const shape = [2, 2]
    const dtype = 'float32'
    const [sum] = await runText(module, [
      { shape, dtype, data: Float32Array.of(1, 2, 3, 4) },
      { shape, dtype, data: Float32Array.of(10, 20, 30, 40) },
    ])
    expect(sum).toEqual({ shape, dtype, data: Float32Array.of(11, 22, 33, 44) })
  })
})
