import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')

/** Folders from the ground up: each may import those of the rows below it, and what is named beside it. */
const LAYERS: readonly (readonly string[])[] = [
  ['survey', 'random'],
  ['engine', 'io', 'noise'],
  ['model', 'augment', 'simulate', 'device-noise'],
  ['train'],
  ['robustness'],
  ['study'],
  ['classify'],
  ['api'],
  ['cli', 'web'],
]

/** Folders of src/, and the page, whose every import must run at the edge and in a browser: no built-in module of Node. */
const PORTABLE = [
  'src/survey',
  'src/random',
  'src/model',
  'src/augment',
  'src/noise',
  'src/device-noise',
  'src/api',
  'src/api/edge',
  'web',
]

interface Import {
  readonly from: string
  readonly specifier: string
  /** Of the project, or undefined for a package. */
  readonly target: string | undefined
}

/** Import and export declarations that leave something in the output, and dynamic imports. */
const DECLARATION = /^(?:import|export)\s(?!type\b)[^'";]*?from\s+'([^']+)'|^import\s+'([^']+)'/gm
const TYPE_DECLARATION = /^(?:import|export)\s+type\b[^'";]*?from\s+'([^']+)'/gm
const DYNAMIC = /\bimport\(\s*'([^']+)'\s*\)/g

function importsOf(file: string, kinds: readonly RegExp[]): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  return kinds.flatMap((kind) =>
    [...text.matchAll(kind)].map((match) => {
      const specifier = match[1] ?? match[2]!
      const target = specifier.startsWith('.')
        ? relative(ROOT, resolve(ROOT, dirname(file), specifier))
        : undefined
      return { from: file, specifier, target: target?.split(sep).join('/') }
    }),
  )
}

function filesOf(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return []
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name).split(sep).join('/'))
}

/** `io` for src/io/hdf5/x.ts, `cli` for cli/x.ts, `web` for web/x.ts, undefined for what all may use (src/errors.ts, package.json). */
function folderOf(path: string): string | undefined {
  const [top, next, more] = path.split('/')
  if (top !== 'src') return top === 'cli' || top === 'web' ? top : undefined
  return more === undefined ? undefined : next
}

const height = (folder: string): number => LAYERS.findIndex((layer) => layer.includes(folder))

describe('dependencies', () => {
  const files = [...filesOf('src'), ...filesOf('cli'), ...filesOf('web')]

  it('point one way: a folder imports only folders below it', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file, [DECLARATION, TYPE_DECLARATION, DYNAMIC]).filter(({ target }) => {
        const [from, to] = [folderOf(file), target === undefined ? undefined : folderOf(target)]
        return from !== undefined && to !== undefined && from !== to && height(to) >= height(from)
      }),
    )
    expect(wrong.map(({ from, specifier }) => `${from} imports ${specifier}`)).toEqual([])
  })

  it('are seen by this test: declarations over several lines, types and dynamic imports', () => {
    const targets = (file: string) =>
      importsOf(file, [DECLARATION, TYPE_DECLARATION, DYNAMIC]).map(({ target }) => target)
    expect(targets('src/train/train.ts')).toContain('src/engine/index.ts')
    expect(targets('cli/run.ts')).toContain('src/errors.ts')
    expect(targets('cli/commands/train.ts')).toContain('src/train/index.ts')
  })

  it('know every folder of src', () => {
    const folders = new Set(files.map(folderOf).filter((folder) => folder !== undefined))
    expect([...folders].filter((folder) => height(folder) < 0)).toEqual([])
  })

  it('are whole: every relative import names a file, with its extension', () => {
    const missing = files.flatMap((file) =>
      importsOf(file, [DECLARATION, TYPE_DECLARATION, DYNAMIC]).filter(
        ({ target }) => target !== undefined && !existsSync(join(ROOT, target)),
      ),
    )
    expect(missing.map(({ from, specifier }) => `${from} imports ${specifier}`)).toEqual([])
  })

  it.each(PORTABLE)('of %s reach no built-in module of Node', (folder) => {
    const reached = new Set<string>()
    const queue = [`${folder}/index.ts`]
    const found: string[] = []
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      if (reached.has(file)) continue
      reached.add(file)
      for (const { from, specifier, target } of importsOf(file, [DECLARATION])) {
        if (target?.endsWith('.ts')) queue.push(target)
        if (specifier.startsWith('node:') || builtinModules.includes(specifier))
          found.push(`${from}: ${specifier}`)
      }
    }
    expect(found).toEqual([])
  })
})
