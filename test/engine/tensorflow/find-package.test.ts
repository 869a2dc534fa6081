import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findTensorFlowPackages } from '../../../src/engine/tensorflow/find-package.ts'
import { tensorflowProvider } from '../../../src/engine/tensorflow/provider.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tensorflow-'))
  vi.stubEnv('PUREGALAXY_CACHE', join(folder, 'cache'))
  vi.stubEnv('PUREGALAXY_TENSORFLOW', '')
  vi.spyOn(process, 'cwd').mockReturnValue(join(folder, 'project'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

function write(path: string, content: string): string {
  const whole = join(folder, path)
  mkdirSync(dirname(whole), { recursive: true })
  writeFileSync(whole, content)
  return whole
}

const npmPackage = (name: string, root = 'project') => {
  write(`${root}/node_modules/${name}/package.json`, JSON.stringify({ name }))
  return write(`${root}/node_modules/${name}/lib/napi-v8/tfjs_binding.node`, 'no addon at all')
}

function installation(name: 'tensorflow' | 'tensorflow-cuda'): string {
  const root = `cache/engines/${name}`
  const addon = npmPackage('@tensorflow/tfjs-node', root)
  write(`${root}/manifest.json`, JSON.stringify({ name, packages: {}, library: 'x', installed: '' }))
  return addon
}

describe('looking for TensorFlow', () => {
  it('finds nothing where nothing is installed, and says how to install it', async () => {
    expect(await findTensorFlowPackages()).toEqual([])
    expect(await tensorflowProvider.unavailable()).toMatch(/puregalaxy engine install tensorflow/)
  })

  it('tries packages of npm in the current folder before its own, and those for GPUs before others', async () => {
    const own = [installation('tensorflow'), installation('tensorflow-cuda')]
    const npm = [npmPackage('@tensorflow/tfjs-node'), npmPackage('@tensorflow/tfjs-node-gpu')]
    const found = await findTensorFlowPackages()
    expect(found.map(({ addon }) => addon)).toEqual([npm[1], npm[0], own[1], own[0]])
  })

  it('takes the folder that PUREGALAXY_TENSORFLOW names, and no other', async () => {
    installation('tensorflow')
    const addon = npmPackage('@tensorflow/tfjs-node', 'elsewhere')
    vi.stubEnv('PUREGALAXY_TENSORFLOW', dirname(dirname(dirname(addon))))
    expect(await findTensorFlowPackages()).toMatchObject([{ addon }])
  })

  it('says of a folder that the variable names, and that holds none, to name another or none', async () => {
    vi.stubEnv('PUREGALAXY_TENSORFLOW', '/nonexistent')
    expect(await tensorflowProvider.unavailable()).toMatch(
      /\/nonexistent: .*; set PUREGALAXY_TENSORFLOW to .*, or unset it, or use --engine onnx/,
    )
  })

  it('names each package that does not load, and why', async () => {
    npmPackage('@tensorflow/tfjs-node')
    rmSync(npmPackage('@tensorflow/tfjs-node-gpu'))
    const reason = await tensorflowProvider.unavailable()
    expect(reason).toMatch(
      /tfjs-node-gpu: its compiled part, .*tfjs_binding\.node, is missing; .*tfjs-node: .+/,
    )
    expect(reason).toMatch(/engine install tensorflow.*or use --engine onnx/)
    await expect(tensorflowProvider.open({})).rejects.toThrow()
  })
})
