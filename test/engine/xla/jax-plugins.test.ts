import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pythonFolders } from '../../../src/engine/xla/jax-plugins.ts'
import { fakePython, temporaryFolder } from '../install/fake-installations.ts'

describe('the folders of Python packages', () => {
  it('are asked for once, and again where the environment names another Python or path', async () => {
    const root = temporaryFolder()
    const asked = join(root, 'asked')
    const python = fakePython(root, `echo x >>'${asked}'; echo "${root}/site-packages:$PYTHONPATH"`)
    const env = { PUREGALAXY_PYTHON: python, PYTHONPATH: '/a/dist-packages' }
    const folders = [`${root}/site-packages`, '/a/dist-packages']
    expect(await Promise.all([pythonFolders(env), pythonFolders(env)])).toEqual([folders, folders])
    expect(await pythonFolders({ ...env, TF_CPP_MIN_LOG_LEVEL: '3' })).toEqual(folders)
    expect(readFileSync(asked, 'utf8')).toBe('x\n')
    expect(await pythonFolders({ ...env, PYTHONPATH: '' })).toEqual(folders.slice(0, 1))
    expect(readFileSync(asked, 'utf8')).toBe('x\nx\n')
  })
})
