/**
 * What a GPU would be given to run, seen without one: JAX's CUDA plugin compiles a training step for an H100, and how many
 * instructions compute, the bytes of their operands and results, and the types of convolutions are printed. No time is
 * measured.
 *
 *     pip install "jax[cuda13]==0.10.2"          # 3 GB, in an environment of its own
 *     npm run bench:gpu-program -- --python venv/bin/python [--network pure34 --size 256 --batch 64]
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Precision } from '../../src/engine/index.ts'
import { lowerFunction } from '../../src/engine/xla/lower-function.ts'
import { stepOf } from '../engine-work.ts'

const { values } = parseArgs({
  options: {
    network: { type: 'string', default: 'pure34' },
    size: { type: 'string', default: '256' },
    batch: { type: 'string', default: '64' },
    python: { type: 'string', default: 'python3' },
  },
})

interface Figures {
  /** Fusions and calls of libraries: kernels, or a few of them. */
  readonly instructions: number
  /** Of operands and results. */
  readonly bytes: number
  /** How many, by cuDNN's name and by the types of operands and result. */
  readonly convolutions: Readonly<Record<string, number>>
}

const PRECISIONS: readonly Precision[] = ['bfloat16', 'tensorfloat32', 'float32']

const folder = await mkdtemp(join(tmpdir(), 'puregalaxy-program-'))
try {
  const work = { network: values.network, size: Number(values.size), batch: Number(values.batch) }
  const { fn, inputs } = stepOf(work).definition
  const files: string[] = []
  for (const precision of PRECISIONS) {
    const { text } = lowerFunction({ fn, inputs }, { precision, devices: 1, accelerated: true })
    files.push(join(folder, `${precision}.mlir`))
    await writeFile(files.at(-1)!, text)
  }
  const said = execFileSync(values.python, ['bench/peers/gpu_program.py', ...files], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const figures: Figures[] = said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  for (const [at, { instructions, bytes, convolutions }] of figures.entries()) {
    console.log(`${PRECISIONS[at]}: ${instructions} instructions, ${(bytes / 1e9).toFixed(1)} GB`)
    for (const [what, count] of Object.entries(convolutions)) console.log(`  ${count} × ${what}`)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
