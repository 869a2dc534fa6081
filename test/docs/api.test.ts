import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseKeys } from '../../src/api/index.ts'
import {
  DEFAULT_CUTOUT_LIMITS,
  type Jobs,
  openCutouts,
  openJobs,
  prometheusMetrics,
} from '../../src/api/node/index.ts'
import { Classifier } from '../../src/classify/index.ts'
import { type Row, serveApp, type TestServer } from '../api/api-server.ts'
import { galaxyPictures } from '../api/galaxy-pictures.ts'
import { drawAsked, surveyServer } from '../api/survey-server.ts'
import { pythonWith } from '../python.ts'

const run = promisify(execFile)
const ROOT = resolve(import.meta.dirname, '../..')

/** Inside the project, so that examples find the package by its name; npm test builds it first. */
const folder = join(ROOT, '.cache', `docs-api-${process.pid}`)

const page = readFileSync(join(ROOT, 'docs', 'api.md'), 'utf8')
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1]!)
const shell = blocks('sh').join('').split('\n')

const hasCurl = spawnSync('curl', ['--version']).status === 0

describe('docs/api.md', () => {
  let server: TestServer
  let jobs: Jobs
  const here = (example: string) => example.replaceAll('http://127.0.0.1:8080', server.url)

  beforeAll(async () => {
    const classifier = await Classifier.open('small', { threads: 1 })
    const { render: metrics } = prometheusMetrics([classifier])
    const cutouts = openCutouts((await surveyServer(drawAsked)).base, { allowPrivate: true })
    mkdirSync(folder, { recursive: true })
    const pictures = await galaxyPictures()
    jobs = await openJobs({ folder: join(folder, 'jobs'), cutouts })
    server = await serveApp({ classifiers: [classifier], cutouts, metrics, extensions: [jobs] })
    writeFileSync(join(folder, 'galaxy.jpg'), pictures['colour.jpg']!)
    writeFileSync(join(folder, 'other.png'), pictures['grey.png']!)
    writeFileSync(join(folder, 'catalogue.csv'), 'id,ra,dec\nNGC 4258,184.74,47.3\nNGC 1300,49.92,-19.41\n')
    return async () => {
      await jobs.close()
      await classifier.dispose()
    }
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const curls = shell.filter((line) => line.startsWith('curl '))
  it.skipIf(!hasCurl).each(curls.filter((line) => !line.includes('/v1/jobs')))(
    '%s (skipped where there is no curl)',
    async (line) => {
      const { stdout } = await run('bash', ['-c', here(`KEY=secret; ${line} --fail-with-body`)], {
        cwd: folder,
      })
      if (line.endsWith(' -o sky.jpg')) {
        expect((await sharp(join(folder, 'sky.jpg')).metadata()).width).toBe(256)
        return
      }
      const values = stdout
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text) as Record<string, unknown>)
      if (!line.includes('/v1/classify')) expect(Object.keys(values[0]!).length).toBeGreaterThan(0)
      else {
        const rows = (line.includes('ndjson') ? values : values[0]!.predictions) as Row[]
        expect(rows).toHaveLength(line.split(/@|"ra"/).length - 1)
        for (const { error, model } of rows) expect([error, model]).toEqual([null, 'small'])
      }
    },
  )

  it.skipIf(!hasCurl)('takes a job, tells of it, gives its results and removes it by curl', async () => {
    let job = ''
    const outputs: string[] = []
    for (const line of curls.filter((line) => line.includes('/v1/jobs'))) {
      const command = here(`JOB=${job}; ${line} --fail-with-body`)
      const { stdout } = await run('bash', ['-c', command], { cwd: folder })
      outputs.push(stdout)
      if (job === '') job = (JSON.parse(stdout) as { id: string }).id
    }
    const [catalogue, pictures, list, one, events, results, removed] = outputs
    expect(JSON.parse(catalogue!)).toMatchObject({ source: 'catalogue', rows: 2 })
    expect(JSON.parse(pictures!)).toMatchObject({ source: 'pictures', rows: 2 })
    expect(JSON.parse(list!).jobs).toHaveLength(2)
    expect(JSON.parse(one!)).toMatchObject({ id: job, model: 'small' })
    expect(events).toMatch(
      /^retry: 2000\n\n(event: progress\n.*\n.*\n\n)*event: end\nid: \d+\ndata: {.*"done":2/,
    )
    const rows = readFileSync(join(folder, 'predictions.csv'), 'utf8').trimEnd().split('\n')
    expect(rows.map((row) => row.split(',')[0])).toEqual(['id', 'NGC 4258', 'NGC 1300'])
    expect([results, removed]).toEqual(['', ''])
    expect((await server.ask(`/v1/jobs/${job}`)).status).toBe(404)
  })

  it('has a curl command for each of its routes but the metrics', () => {
    const routes = [
      '/v1/classify',
      '/v1/jobs',
      '/v1/models',
      '/v1/models/small',
      '/v2/models/small/infer',
      '/health/ready',
      '/openapi.json',
    ]
    for (const route of routes) expect(curls.some((line) => line.includes(route))).toBe(true)
  })

  it('makes a file of keys that the server takes', async () => {
    const commands = shell.filter((line) => /^(KEY=|echo )/.test(line))
    const { stdout } = await run('bash', ['-c', `${commands.join('\n')}\nprintf %s "$KEY"`], { cwd: folder })
    const keys = parseKeys(readFileSync(join(folder, 'keys.txt'), 'utf8'))
    expect(await keys.find(stdout)).toMatchObject({ name: 'pipeline' })
  })

  it.each(blocks('ts').map((example, at) => [at, example] as const))(
    'TypeScript example %i runs',
    async (at, example) => {
      const path = join(folder, `example-${at}.mjs`)
      const { outputText } = ts.transpileModule(here(example), {
        compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
      })
      writeFileSync(path, outputText)
      const { stdout } = await run(process.execPath, [path], { cwd: folder })
      expect(stdout).toMatch(
        [
          /^galaxy\.jpg \w+ [\d.]+\nother\.png \w+ [\d.]+\n$/,
          /^NGC 1300 \w+\nonce more \w+\n$/,
          /^NGC 4258: \w+\nnorth of north: dec is 91; [^\n]+\nown picture: \w+\n$/,
          /^(\d of 2, [\d?]+ s left\n)*2 of 2, . s left\n$/,
          /'small'/,
        ][at]!,
      )
    },
  )

  for (const [at, example] of blocks('py').entries()) {
    const python = pythonWith(/^import (tritonclient\.http)/m.exec(example)?.[1] ?? 'urllib.request')
    const absent = python === undefined ? ' (skipped: no Python with what it imports)' : ''
    it.skipIf(absent)(`Python example ${at} runs${absent}`, async () => {
      const text = example.replaceAll('127.0.0.1:8080', new URL(server.url).host)
      const { stdout } = await run(python!, ['-c', text], { cwd: folder })
      expect(stdout).toMatch(
        [
          /^\w+ [\d.]+\n$/,
          /^galaxy\.jpg \w+ [\d.]+\nother\.png \w+ [\d.]+\nnone\.jpg picture 2 is empty\.\n$/,
          /^\(2, 10\) \['\w+', '\w+'\]\n$/,
          /^\['\w+', '\w+'\]\n$/,
        ][at]!,
      )
    })
  }

  it('tells the limits that there are', () => {
    const { limits } = server.app
    expect(page).toContain(`| pixels of a picture, by its header | ${limits.pixels / 1e6} million |`)
    expect(page).toContain(
      `| bytes of a body, as claimed and as it comes | ${limits.bodyBytes / 2 ** 20} MiB |`,
    )
    expect(page).toContain(
      `| bytes of all bodies, and pictures fetched for them, held at once | ${limits.heldBytes / 2 ** 20} MiB |`,
    )
    const { atOnce, cacheBytes, whole, idle, attempts, patience } = DEFAULT_CUTOUT_LIMITS
    expect(page).toContain(`| pictures fetched at once | ${atOnce} |`)
    expect(page).toContain(
      `| bytes of pictures kept for positions asked for again | ${cacheBytes / 2 ** 20} MiB |`,
    )
    expect(page).toContain(`It has ${whole / 1000} s, and ${idle / 1000} s for each next byte.`)
    expect(page).toContain(`${attempts} times in all`)
    expect(page).toContain(`more than ${patience / 1000} s`)
    expect(page).toContain(`| pictures of a request | ${limits.items} |`)
    expect(page).toContain(
      `| requests for classification in work | ${limits.requests}, of one key ${limits.requestsPerKey} |`,
    )
    expect(page).toContain(`| pictures that wait for a model | ${limits.queue} |`)
    const { jobLimits } = jobs
    expect(page).toContain(`| rows of a job | ${jobLimits.rows / 1e6} million |`)
    expect(page).toContain(
      `| bytes of the body of a job; of one picture | ${jobLimits.bodyBytes / 2 ** 20} MiB; as in requests |`,
    )
    expect(page).toContain(`| time in which it must arrive | ${jobLimits.uploadTime / 60_000} min |`)
    expect(page).toContain(
      `| jobs that arrive at once | ${jobLimits.uploads}, of one key ${jobLimits.uploadsPerKey} |`,
    )
    expect(page).toContain(`| jobs of a key that are not done | ${jobLimits.open} |`)
    expect(page).toContain(
      `| size of the database at which no more are taken | ${jobLimits.storedBytes / 2 ** 30} GiB |`,
    )
    expect(page).toContain(`| streams of events at once | ${jobLimits.streams} |`)
    expect(page).toContain(`| time of a request, its body included | ${limits.deadline / 1000} s |`)
  })
})
