import type { ChildProcess } from 'node:child_process'
import { appendFile, readdir, writeFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openFlatCache } from '../../../src/io/cache/index.ts'
import { CompiledSource, outputOf } from '../child-process.ts'
import { useFolder } from '../hdf5/fixtures.ts'
import { useSmallDisk } from '../small-disk.ts'

const folder = useFolder()
const compiled = new CompiledSource()
beforeAll(() => compiled.compile())
afterAll(() => compiled.remove())

const SIDE = 32
const PICTURE_BYTES = SIDE * SIDE * 3
const request = { recipe: 'test 1', height: SIDE, width: SIDE, count: 400 }

/**
 * Builds a cache of 400 pictures, of which picture i is filled with i modulo 251, as soon as a file `go` is there, pausing
 * after every ten; then reads it and prints a sum.
 */
const BUILDER = `
import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { openFlatCache } from './io/index.js'
const [source, go, pause] = process.argv.slice(2)
const request = ${JSON.stringify(request)}
const cache = await openFlatCache({ ...request, source, async produce(sink) {
  console.log('building')
  while (!existsSync(go)) await setTimeout(10)
  for (let i = 0; i < request.count; i += 10) {
    await sink.append(Buffer.concat(Array.from({ length: 10 }, (_, k) => Buffer.alloc(${PICTURE_BYTES}, (i + k) % 251))))
    await setTimeout(Number(pause))
  }
  return null
} })
const out = new Uint8Array(request.count * ${PICTURE_BYTES})
await cache.read(Array.from({ length: request.count }, (_, i) => i), out)
console.log('sum', out.reduce((sum, value) => sum + value, 0))
`
const SUM = Array.from({ length: 400 }, (_, i) => (i % 251) * PICTURE_BYTES).reduce((a, b) => a + b, 0)

/** Kept when the process has begun to build, broken when it ends before. */
const hasBegun = (child: ChildProcess) =>
  new Promise((begun, failed) => {
    child.stdout!.once('data', begun)
    child.once('close', () => failed(new Error('the process ended before it began to build')))
  })

it('is built by several processes at once, and each reads a whole one', async () => {
  const source = folder.path('train.h5')
  await writeFile(source, 'pictures')
  const go = folder.path('go')
  const children = await Promise.all(
    ['2', '5', '3'].map((pause) => compiled.start(BUILDER, source, go, pause)),
  )
  const outputs = children.map(outputOf)
  await Promise.all(children.map(hasBegun))
  await writeFile(go, '')
  for (const output of await Promise.all(outputs)) expect(output).toBe(`building\nsum ${SUM}\n`)
  const left = (await readdir(folder.path())).filter((name) => name !== 'train.h5' && name !== 'go')
  expect(left).toEqual([expect.stringMatching(/^train\.h5\.[0-9a-f]{16}\.pgcache$/)])
})

it('is not there when its builder was killed, and the next one builds it', async () => {
  const source = folder.path('train.h5')
  await writeFile(source, 'pictures')
  const child = await compiled.start(BUILDER, source, source, '50')
  await hasBegun(child)
  await setTimeout(200)
  child.kill('SIGKILL')
  await outputOf(child)
  const left = (await readdir(folder.path())).filter((name) => name !== 'train.h5')
  expect(left).toEqual([expect.stringMatching(/^\.train\.h5\..*\.tmp$/)])
  expect(await outputOf(await compiled.start(BUILDER, source, source, '0'))).toBe(`building\nsum ${SUM}\n`)
})

it('stays readable for a process while another replaces it', async () => {
  const source = folder.path('train.h5')
  await writeFile(source, 'pictures')
  expect(await outputOf(await compiled.start(BUILDER, source, source, '0'))).toContain(`sum ${SUM}`)
  const cache = await openFlatCache({ ...request, source, produce: () => expect.unreachable() })
  await appendFile(source, 'more')
  expect(await outputOf(await compiled.start(BUILDER, source, source, '0'))).toContain('building')
  const out = new Uint8Array(PICTURE_BYTES)
  await cache.read([399], out)
  await cache.close()
  expect(out).toEqual(new Uint8Array(PICTURE_BYTES).fill(399 % 251))
})

const mountSmallDisk = useSmallDisk()
it('fails naming the disk when it fills up while building, and leaves nothing there', async (test) => {
  const disk = folder.path('disk')
  if (!(await mountSmallDisk(disk))) test.skip('this user may not mount a small disk')
  const source = folder.path('disk', 'train.h5')
  await writeFile(source, 'pictures')
  const { count: _, ...unknownCount } = request
  const building = openFlatCache({
    ...unknownCount,
    source,
    async produce(sink) {
      for (let i = 0; i < 400; i++) await sink.append(new Uint8Array(PICTURE_BYTES))
      return null
    },
  })
  await expect(building).rejects.toMatchObject({
    code: 'io.no-space',
    message: expect.stringMatching(/disk.*Free some space/),
  })
  expect(await readdir(disk)).toEqual(['train.h5'])
})
