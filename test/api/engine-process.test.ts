import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type EngineModels,
  type OpenEngineProcessOptions,
  openEngineProcess,
  prometheusMetrics,
} from '../../src/api/node/index.ts'
import { Classifier } from '../../src/classify/index.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'
import { form, pictureBody, problemOf, rowsOf, serveApp } from './api-server.ts'
import { galaxyPictures, plain } from './galaxy-pictures.ts'

const [KILLED, THROWS, HANGS, COMPUTES, EXITS, FINE] = [255, 254, 253, 252, 251, 0]
const FAILING = join(import.meta.dirname, 'failing-engine.mjs')
const marker = join(temporaryFolder(), 'engine')

const open: EngineModels[] = []
afterEach(async () => {
  for (const engine of open.splice(0)) await engine.dispose()
  for (const state of ['broken', 'changed', 'hangs']) rmSync(`${marker}.${state}`, { force: true })
})

/** A server whose engine does what the first byte of a picture says (failing-engine.mjs). */
async function serveFailing(options: Partial<OpenEngineProcessOptions> = {}) {
  const failures: Error[] = []
  const engine = await openEngineProcess({
    models: [marker],
    script: FAILING,
    pause: 200,
    onFailure: (error) => failures.push(error as Error),
    ...options,
  })
  open.push(engine)
  const server = await serveApp({
    classifiers: engine.models,
    limits: { batch: 1 },
    metrics: prometheusMetrics(engine.models).render,
  })
  const health = async () =>
    (await (await server.ask('/health/ready')).json()) as { status: string; reason?: string }
  return {
    ...server,
    health,
    failures,
    send: async (act: number) => server.ask('/v1/classify', pictureBody(await plain(act))),
    available: async () =>
      /model_available{model="m"} (.)/.exec(await (await server.ask('/metrics')).text())![1],
    async becomes(status: string) {
      await vi.waitUntil(async () => (await health()).status === status, {
        timeout: 10_000,
        interval: 20,
      })
    },
  }
}

describe('an engine in a process of its own', () => {
  it('says what the model says in this process', async () => {
    const engine = await openEngineProcess({ models: ['small'], threads: 1 })
    open.push(engine)
    const classifier = await Classifier.open('small', { threads: 1 })
    const [model] = engine.models
    const { name, version, classes, inputSize } = classifier
    expect(model).toMatchObject({ name, version, classes, inputSize, engine: classifier.engine })
    const pictures = Uint8Array.from({ length: 3 * 64 * 64 * 3 }, (_, at) => (at * 7919) % 251)
    expect(await model!.predict(pictures)).toEqual(await classifier.predict(pictures))
    const { ask } = await serveApp({ classifiers: engine.models })
    const files = Object.entries(await galaxyPictures())
    const rows = await rowsOf(await ask('/v1/classify', { method: 'POST', body: form(...files) }))
    expect(rows.filter(({ error }) => error !== null)).toEqual([])
    await classifier.dispose()
  })

  it('leaves the server free while it computes: health and refusals come at once', async () => {
    const { ask, send } = await serveFailing()
    let ended = false
    const inWork = send(COMPUTES).finally(() => {
      ended = true
    })
    await new Promise((resolve) => setTimeout(resolve, 100))
    const times: number[] = []
    for (const path of ['/health/live', '/none', '/v1/classify?top=0', '/health/ready', '/v1/models']) {
      const started = performance.now()
      await (await ask(path, path.includes('classify') ? pictureBody(Buffer.alloc(9)) : {})).text()
      times.push(performance.now() - started)
    }
    expect(ended).toBe(false)
    // Not all of them: other tests use the machine too. npm run bench:api measures this by itself.
    expect(Math.min(...times)).toBeLessThan(50)
    expect((await inWork).status).toBe(200)
  })

  it.each([
    ['is killed', KILLED, /was ended by SIGKILL/],
    ['ends', EXITS, /ended with exit code 3/],
    ['throws', THROWS, /failed in a run/],
    ['hangs', HANGS, /has not ended a run within 0\.5 s/],
  ])('that %s is told as 503, makes the server not ready, and comes back', async (_, act, reason) => {
    const { send, health, becomes, available, failures } = await serveFailing({ runTime: 500 })
    const [first, waiting] = [send(act), send(FINE)]
    const response = await first
    expect(response.headers.get('retry-after')).toBe('5')
    const text = await response.clone().text()
    expect(text).toMatch(reason)
    expect(text).not.toMatch(/secret|last word/)
    expect(await problemOf(response)).toEqual([503, 'api.engine'])
    // It may have come before the other.
    expect([200, 503]).toContain((await waiting).status)
    await becomes('broken')
    expect(await available()).toBe('0')
    expect((await health()).reason).toMatch(reason)
    expect(await problemOf(await send(FINE))).toEqual([503, 'api.engine'])
    await becomes('ready')
    expect(await available()).toBe('1')
    expect((await send(FINE)).status).toBe(200)
    expect(failures).toHaveLength(1)
    if (act === EXITS) expect(String((failures[0]!.cause as Error).message)).toContain('a last word')
  })

  it('that cannot be started again is tried again, with longer pauses, until it can', async () => {
    const { send, becomes, health, failures } = await serveFailing({ pause: 50 })
    writeFileSync(`${marker}.broken`, '')
    await send(KILLED)
    await vi.waitUntil(() => failures.length >= 4, { timeout: 10_000 })
    expect((await health()).reason).toMatch(/could not be started again/)
    expect((failures.at(-1)!.cause as Error).message).toBe('no such file')
    rmSync(`${marker}.broken`)
    await becomes('ready')
    expect((await send(FINE)).status).toBe(200)
  })

  it('does not come back with other models than clients were told of', async () => {
    const { send, health, failures } = await serveFailing({ pause: 50 })
    writeFileSync(`${marker}.changed`, '')
    await send(KILLED)
    await vi.waitUntil(() => failures.length >= 2, { timeout: 10_000 })
    expect((await health()).reason).toMatch(/model files have changed/)
  })

  it('whose restart hangs is started once more', async () => {
    const { send, becomes, failures } = await serveFailing({ pause: 50, openTime: 5000 })
    writeFileSync(`${marker}.hangs`, '')
    await send(KILLED)
    await vi.waitUntil(() => failures.length >= 2, { timeout: 20_000 })
    expect((failures[1]!.cause as Error).message).toMatch(/did not open its models within 5 s/)
    rmSync(`${marker}.hangs`)
    await becomes('ready')
    expect((await send(FINE)).status).toBe(200)
  })

  it('is ended by dispose and by a signal while it starts', async () => {
    const { send } = await serveFailing({ pause: 0 })
    writeFileSync(`${marker}.hangs`, '')
    await send(KILLED)
    await new Promise((resolve) => setTimeout(resolve, 500))
    const started = performance.now()
    await open.pop()!.dispose()
    const interruption = new AbortController()
    setTimeout(() => interruption.abort(new Error('stopped')), 300)
    await expect(serveFailing({ signal: interruption.signal })).rejects.toThrow('stopped')
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  it('has run when it is open, and an app does not run it again for its warm-up', async () => {
    const engine = await openEngineProcess({ models: [marker], script: FAILING })
    open.push(engine)
    const runs: number[] = []
    const counted = engine.models.map((model) => ({
      ...model,
      predict: async (pictures: Uint8Array) => {
        runs.push(pictures.length)
        return model.predict(pictures)
      },
    }))
    await serveApp({ classifiers: counted })
    expect(runs).toEqual([])
  })

  it('tells at once what is wrong with a model', async () => {
    await expect(openEngineProcess({ models: ['none'] })).rejects.toMatchObject({
      code: 'classify.no-such-model',
    })
  })
})
