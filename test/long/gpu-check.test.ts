import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testedEngines } from '../engine/available.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'

const [xla] = await testedEngines('xla')

describe.skipIf(xla!.skip)(`the bundle that checks a GPU, rehearsed on this machine, ${xla!.title}`, () => {
  const folder = temporaryFolder()

  it('weighs at most 60 MB, needs nothing of the clone, and passes every stage', () => {
    const bundle = join(folder, 'bundle.tar.gz')
    // What is built stays as it is, since other tests run it meanwhile: npm leaves out prebundle:gpu.
    execFileSync('npm', ['run', 'bundle:gpu', '--ignore-scripts', '--', '--out', bundle], { stdio: 'ignore' })
    expect(statSync(bundle).size).toBeLessThan(60e6)

    execFileSync('tar', ['xzf', bundle, '-C', folder])
    const out = join(folder, 'out')
    const { stdout, status } = spawnSync(
      join(folder, 'puregalaxy-gpu', 'check-gpu.sh'),
      ['--rehearse', '--out', out],
      { cwd: folder, encoding: 'utf8' },
    )
    const { stages } = JSON.parse(readFileSync(join(out, 'gpu-check.json'), 'utf8')) as {
      stages: { name: string; status: string; message: string | null }[]
    }
    expect(stages.filter((stage) => stage.status !== 'done')).toEqual([])
    expect(status, stdout).toBe(0)
  })
})
