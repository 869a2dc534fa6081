import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import sharp from 'sharp'
import { expect, it } from 'vitest'
import { parseKeys } from '../../src/api/index.ts'
import { docsFiles, prometheusMetrics } from '../../src/api/node/index.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'
import { brightnessModel } from './api-server.ts'
import { plain } from './galaxy-pictures.ts'
import { serveJobs } from './jobs/job-server.ts'

/** Where .ci/run puts it. */
const SCHEMATHESIS = resolve(import.meta.dirname, '../../.cache/python/bin/schemathesis')
const absent = existsSync(SCHEMATHESIS) ? '' : ' (skipped: schemathesis is not installed in .cache/python)'

it.skipIf(absent).for([
  ['the routes of jobs', '--include-path-regex', '25'],
  ['all others', '--exclude-path-regex', '40'],
] as const)(
  `what schemathesis makes of /openapi.json is answered as it says: %s${absent}`,
  { timeout: 120_000 },
  async ([_, which, examples], { signal }) => {
    const folder = temporaryFolder()
    for (const format of ['jpeg', 'png', 'webp'] as const)
      writeFileSync(
        join(folder, `picture.${format}`),
        await sharp(await plain(9))
          .toFormat(format)
          .toBuffer(),
      )
    const model = brightnessModel()
    const { observer, render } = prometheusMetrics([model])
    const cutouts = { fetch: () => plain(51) }
    const server = await serveJobs(
      { cutouts, limits: { open: 10_000 } },
      {
        classifiers: [model],
        docs: docsFiles,
        cutouts,
        keys: parseKeys(`test ${createHash('sha256').update('secret').digest('hex')} rate=1000000`),
        observers: [observer],
        metrics: render,
      },
    )
    const config = join(import.meta.dirname, 'schemathesis.toml')
    const args = [
      ...['--config-file', config, 'run', `${server.url}/openapi.json`],
      ...['--header', 'Authorization: Bearer secret'],
      ...[which, '^/v1/jobs', '--checks', 'all', '--max-examples', examples, '--max-failures', '5'],
      ...['--seed', '1', '--no-color'],
    ]
    const variables = {
      PICTURES: folder,
      SCHEMATHESIS_HOOKS: 'schemathesis_hooks',
      PYTHONPATH: import.meta.dirname,
    }
    const { code, text } = await run(args, variables, signal)
    expect(text).toMatch(/^ +\d+ generated/m)
    expect(code, text).toBe(0)
    expect((await server.ask('/health/ready')).status).toBe(200)
  },
)

function run(
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...variables }
    // Elsewhere than in the project: it leaves a folder with its examples.
    const cwd = variables.PICTURES
    const child = execFile(SCHEMATHESIS, args, { env, cwd, maxBuffer: 1e8, signal }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, text: stdout + stderr }),
    )
  })
}
