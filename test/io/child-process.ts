import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import ts from 'typescript'

const ROOT = resolve(import.meta.dirname, '../..')

/**
 * src as JavaScript, which Node 20 can run in a process of its own: for tests of what happens between processes. It
 * lies under node_modules, so that the libraries are found.
 */
export class CompiledSource {
  readonly #folder = join(ROOT, 'node_modules', '.puregalaxy-test', String(process.pid))

  async compile(): Promise<void> {
    const names = await readdir(join(ROOT, 'src'), { recursive: true })
    const files = names.filter((name) => name.endsWith('.ts'))
    await Promise.all(
      files.map(async (file) => {
        const { outputText } = ts.transpileModule(await readFile(join(ROOT, 'src', file), 'utf8'), {
          compilerOptions: {
            target: ts.ScriptTarget.ES2022,
            module: ts.ModuleKind.ESNext,
            rewriteRelativeImportExtensions: true,
            verbatimModuleSyntax: true,
          },
        })
        const out = join(this.#folder, file.replace(/\.ts$/, '.js'))
        await mkdir(dirname(out), { recursive: true })
        await writeFile(out, outputText)
      }),
    )
    await writeFile(join(this.#folder, 'package.json'), '{"type":"module"}')
  }

  /** Starts a process that runs `script`, in which `./io/index.js` is this project's src/io/index.ts. */
  async start(script: string, ...args: string[]): Promise<ChildProcess> {
    const file = join(this.#folder, `script-${Math.random().toString(36).slice(2)}.js`)
    await writeFile(file, script)
    return spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true })
  }
}

/** What a process printed, when it is over. */
export async function outputOf(child: ChildProcess): Promise<string> {
  let output = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  await new Promise((done) => child.once('close', done))
  return output
}
