import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { resolveModel, shippedModels } from '../../src/classify/shipped-models.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'

describe('what MODEL means', () => {
  const home = process.cwd()
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'small'))
  writeFileSync(join(folder, 'large'), '')
  afterEach(() => process.chdir(home))

  it('is the shipped model, whatever of that name lies in the current folder', async () => {
    process.chdir(folder)
    const shipped = await shippedModels()
    for (const name of ['small', 'large'])
      expect(await resolveModel(name)).toEqual(shipped.find((model) => model.name === name))
  })

  it('is a path otherwise', async () => {
    process.chdir(folder)
    expect(await resolveModel('./large')).toEqual({ name: './large', path: './large' })
    await expect(resolveModel('none')).rejects.toThrow(
      'There is no model file none, nor a shipped model of that name (shipped: large, small)',
    )
  })
})
