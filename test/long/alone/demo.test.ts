import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runProcess } from '../../cli/run-cli.ts'
import { temporaryFolder } from '../../io/temporary-folder.ts'

const folder = temporaryFolder()

it('the demo takes at most five minutes, and its PURe gets at least 70 % of unseen galaxies right', async () => {
  const args = ['demo', '--out', 'demo/', '--json']
  const { code, out } = await runProcess(args, {
    cwd: folder,
    env: { PUREGALAXY_CACHE: join(folder, 'cache') },
  })
  expect(code).toBe(0)
  const summary = JSON.parse(out) as { pure: { accuracy: number }; seconds: number }
  expect(summary.pure.accuracy).toBeGreaterThanOrEqual(0.7)
  expect(summary.seconds).toBeLessThan(300)
})
