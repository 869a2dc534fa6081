import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runProcess } from '../cli/run-cli.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'

/** Reasons of this machine, not of the code. */
const NOT_HERE = ['engine.no-network', 'engine.no-python', 'engine.no-pip', 'engine.no-package']

it('fetches the CPU plugin, installs it without network, runs it, and removes it (skipped where pip reaches no index)', async ({
  skip,
}) => {
  const wheels = join(temporaryFolder(), 'wheels')
  const cache = temporaryFolder()
  const engine = async (...args: string[]) => {
    const env = { PUREGALAXY_CACHE: cache, PUREGALAXY_PJRT_PLUGIN: '' }
    const { out, err } = await runProcess(['engine', ...args, '--json'], { env })
    expect(err).not.toMatch(/internal error/)
    return JSON.parse(out)
  }
  const fetched = await engine('install', 'xla-cpu', '--download-only', wheels)
  if (NOT_HERE.includes(fetched.error?.code)) skip(fetched.error.message)
  expect(fetched).toMatchObject({ status: 'downloaded' })
  expect(readdirSync(wheels).filter((name) => name.endsWith('.whl'))).toHaveLength(1)

  const installed = await engine('install', 'xla-cpu', '--from', wheels)
  expect(installed).toMatchObject({ status: 'installed', untested: null, packages: fetched.packages })
  expect(installed.test.largestError).toBeLessThan(1e-4)
  expect(await engine('install', 'xla-cpu')).toMatchObject({ status: 'already-installed' })

  const engines: { name: string }[] = await engine('list')
  expect(engines.find(({ name }) => name === 'xla')).toMatchObject({
    available: true,
    training: true,
    version: Object.values(fetched.packages)[0],
    plugin: { platform: 'cpu', source: 'installed' },
  })

  expect(await engine('remove', 'xla-cpu')).toMatchObject({ status: 'removed' })
  expect(readdirSync(join(cache, 'engines'))).toEqual([])
})
