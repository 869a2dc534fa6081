import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { listEngines } from '../../src/engine/index.ts'

/** What is there: processor, GPU and driver, engines, and the versions of the peers. */
export async function deviceFigures(): Promise<object> {
  return {
    node: process.version,
    cpu: cpus()[0]?.model ?? null,
    cores: cpus().length,
    gpu: said('nvidia-smi', ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader']),
    torch: python('import torch; print(torch.__version__, torch.version.cuda)'),
    jax: python('import jax; print(jax.__version__)'),
    engines: await listEngines(),
  }
}

const python = (code: string) => said(process.env.PUREGALAXY_PYTHON ?? 'python3', ['-c', code])

/** What a program prints, or null where it is missing or fails. */
function said(program: string, options: readonly string[]): string | null {
  const { status, stdout } = spawnSync(program, options, { encoding: 'utf8', timeout: 60_000 })
  return status === 0 ? stdout.trim() : null
}
