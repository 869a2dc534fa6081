import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProcess } from '../cli/run-cli.ts'

describe('puregalaxy reproduce', () => {
  let folder: string
  let data: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'puregalaxy-reproduce-'))
    data = join(folder, 'galaxies.h5')
    const simulated = ['simulate', '--count', '200', '--size', '16', '--out', data]
    expect((await runProcess(simulated)).code).toBe(0)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const study = (out: string, ...more: string[]) => [
    ...['reproduce', 'galaxy10', data, '--depth', '20', '--size', '16', '--epochs', '2', '--seeds', '2'],
    ...['--threads', '1', '--engine', 'onnx', '--out', join(folder, out), ...more],
  ]
  const resultsOf = async (out: string) => {
    const report = JSON.parse(await readFile(join(folder, out, 'report', 'results.json'), 'utf8'))
    return {
      ...report,
      command: null,
      entries: report.entries.map(({ models }: { models: object[] }) => models),
    }
  }

  it('trains, tests and judges; killed in the middle and called again it ends in the same results', async () => {
    const whole = await runProcess(study('whole', '--json'))
    expect([whole.code, whole.err]).toEqual([0, expect.stringContaining('networks on')])
    const { claims, runs } = JSON.parse(whole.out)
    expect(claims.map(({ claim }: { claim: string }) => claim)).toEqual([
      'PURe is more accurate than its ResNet twin',
      'PURe converges nearly five times faster',
      'PURe is robust to Poisson noise (exposure)',
      'PURe is robust to Poisson noise (counts)',
    ])
    expect(runs.length).toBeGreaterThanOrEqual(8)

    let killed = false
    await runProcess(study('killed'), {
      onErr: (err, kill) => {
        if (killed || !err.includes('3/4 ')) return
        killed = true
        kill('SIGKILL')
      },
    })
    expect(killed).toBe(true)
    const resumed = await runProcess(study('killed', '--json'))
    expect(resumed.code).toBe(0)
    expect(await resultsOf('killed')).toEqual(await resultsOf('whole'))
  })

  it('says how long it would take, and refuses to go on with other options', async () => {
    const estimate = await runProcess(study('estimated', '--estimate', '--json'))
    expect(JSON.parse(estimate.out)).toMatchObject({
      engine: 'onnx',
      trainingPictures: 160,
      testPictures: 20,
    })
    const other = await runProcess([
      ...study('whole').slice(0, -2),
      '--out',
      join(folder, 'whole'),
      '--seeds',
      '3',
    ])
    expect([other.code, other.err]).toEqual([1, expect.stringContaining('with other options')])
  })
})
