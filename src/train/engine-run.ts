import type { DeviceBuffer, HostTensor, Program } from '../engine/types.ts'

/** Runs a program and copies all outputs to the host. */
export async function runToHost(
  program: Program,
  inputs: readonly (DeviceBuffer | HostTensor)[],
): Promise<HostTensor[]> {
  return takeAll(await program.run(inputs))
}

/** Copies buffers to the host and disposes of them. */
export async function takeAll(buffers: readonly DeviceBuffer[]): Promise<HostTensor[]> {
  try {
    return await Promise.all(buffers.map((buffer) => buffer.read()))
  } finally {
    disposeAll(buffers)
  }
}

export function disposeAll(buffers: readonly DeviceBuffer[]): void {
  for (const buffer of buffers) buffer.dispose()
}

/** A float32 tensor without dimensions. */
export function hostScalar(value: number): HostTensor {
  return { shape: [], dtype: 'float32', data: Float32Array.of(value) }
}
