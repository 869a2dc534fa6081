import type { HostTensor } from '../../../src/engine/index.ts'
import { loadPlugin, type PjrtClient } from '../../../src/engine/pjrt/index.ts'
import { encodeCompileOptions } from '../../../src/engine/xla/compile-options.ts'
import { findPlugin } from '../../../src/engine/xla/find-plugin.ts'

const found = await findPlugin()

/** The plugin that tests use, or undefined where there is none: then they skip. */
export const PLUGIN_PATH = 'path' in found ? found.path : undefined

let client: Promise<PjrtClient> | undefined

/** One client for the whole of a test file. */
export function testClient(): Promise<PjrtClient> {
  if (!('path' in found)) throw new Error(found.reason)
  client ??= loadPlugin(found.path, found).createClient()
  return client
}

/** Compiles a StableHLO module and runs its `@main` once on the first device. */
export async function runText(module: string, inputs: readonly HostTensor[]): Promise<HostTensor[]> {
  const pjrt = await testClient()
  const executable = await pjrt.compile(module, encodeCompileOptions())
  const buffers = await Promise.all(
    inputs.map(({ data, dtype, shape }) => pjrt.upload(data, dtype, shape, pjrt.devices[0]!)),
  )
  try {
    const [outputs] = await executable.execute([buffers])
    return await Promise.all(
      outputs!.map(async (output) => {
        const { shape, elementType } = output
        const data = await output.read()
        output.dispose()
        return { shape, dtype: elementType === 'bool' ? 'uint8' : elementType, data }
      }),
    )
  } finally {
    for (const buffer of buffers) buffer.dispose()
    executable.dispose()
  }
}
