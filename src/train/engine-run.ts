import type { DeviceBuffer, HostTensor, Program } from '../engine/types.ts'

/** Runs a program and copies all outputs to the host. */
export async function runToHost(
  program: Program,
  inputs: readonly (DeviceBuffer | HostTensor)[],
): Promise<HostTensor[]> {
  const outputs = await program.run(inputs)
  try {
    return await Promise.all(outputs.map((output) => output.read()))
  } finally {
    disposeAll(outputs)
  }
}

export function disposeAll(buffers: readonly DeviceBuffer[]): void {
  for (const buffer of buffers) buffer.dispose()
}

/** A float32 tensor without dimensions. */
export function hostScalar(value: number): HostTensor {
  return { shape: [], dtype: 'float32', data: Float32Array.of(value) }
}
