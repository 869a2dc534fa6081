import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runTool } from '../../../src/engine/install/run-tool.ts'
import { temporaryFolder } from './fake-installations.ts'

describe('runTool', () => {
  it('gives what a program wrote, line by line too, and how it ended', async () => {
    const lines: string[] = []
    const script = 'console.log("a\\nb"); process.stderr.write("c"); process.exitCode = 3'
    const ended = await runTool(process.execPath, ['-e', script], { onLine: (line) => lines.push(line) })
    expect(ended).toMatchObject({ code: 3, killed: null, stdout: 'a\nb\n', stderr: 'c' })
    expect(lines.sort()).toEqual(['a', 'b', 'c'])
  })

  it('says so where there is no such program', async () => {
    expect(await runTool(join(temporaryFolder(), 'nothing'), [])).toBeNull()
  })

  it('rejects an aborted run only when the program has ended', async () => {
    const file = join(temporaryFolder(), 'last')
    const script = `
      process.on('SIGTERM', () => setTimeout(() => {
        require('node:fs').writeFileSync(${JSON.stringify(file)}, '')
        process.exit()
      }, 200))
      setInterval(() => {}, 1000)
      console.log('ready')`
    const controller = new AbortController()
    const run = runTool(process.execPath, ['-e', script], {
      signal: controller.signal,
      onLine: () => controller.abort(new Error('enough')),
    })
    await expect(run).rejects.toThrow('enough')
    expect(existsSync(file)).toBe(true)
  })
})
