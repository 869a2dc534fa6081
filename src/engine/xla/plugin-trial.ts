import { loadPlugin } from '../pjrt/index.ts'
import { encodeCompileOptions } from './compile-options.ts'
import { clientOptions, type FoundPlatform } from './plugin-platform.ts'

// The process of trial.ts: does once what an engine does, and says what the plugin is. What PJRT refuses, the engine's own
// process is told again, with the next step; only what ends this process is found out here.
const [path, platform, ...preload] = process.argv.slice(2)

/** Adds a number to itself. */
const PROGRAM = `module @trial {
  func.func public @main(%x: tensor<f32>) -> tensor<f32> {
    %y = stablehlo.add %x, %x : tensor<f32>
    return %y : tensor<f32>
  }
}`

async function platformName(): Promise<string | null> {
  try {
    const client = await loadPlugin(path!, { preload }).createClient(clientOptions(platform as FoundPlatform))
    const executable = await client.compile(PROGRAM, encodeCompileOptions())
    const input = await client.upload(new Float32Array([1]), 'float32', [], client.devices[0]!)
    const [[output] = []] = await executable.execute([[input]])
    await output!.read()
    return client.platformName
  } catch {
    return null
  }
}

// On a line of its own, whatever the plugin wrote.
console.log(`\n${JSON.stringify({ platformName: await platformName() })}`)
process.exit(0)
