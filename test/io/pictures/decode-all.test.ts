import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodeAll } from '../../../src/io/pictures/index.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { picture } from './make-pictures.ts'

describe('decodeAll', () => {
  const folder = temporaryFolder()

  it('yields an error in the place of a broken picture and goes on', async () => {
    const good = await picture(4, 4).png().toBuffer()
    writeFileSync(join(folder, 'good.png'), good)
    writeFileSync(join(folder, 'broken.png'), good.subarray(0, 50))
    const sources = ['good.png', 'broken.png', 'absent.png', 'good.png'].map((name) => join(folder, name))
    const outcomes: string[] = []
    for await (const { index, picture: decoded, error } of decodeAll([...sources, good], { size: [2, 2] })) {
      outcomes.push(`${index} ${error?.code ?? decoded?.data.length}`)
    }
    expect(outcomes).toEqual(['0 12', '1 io.picture.corrupt', '2 io.not-found', '3 12', '4 12'])
  })

  it('names the file in the error', async () => {
    for await (const { error } of decodeAll([join(folder, 'a,b\n.png')])) {
      expect(error?.message).toContain(join(folder, 'a,b\n.png'))
    }
  })
})
