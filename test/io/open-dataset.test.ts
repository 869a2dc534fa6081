import { mkdir, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { openDataset } from '../../src/io/index.ts'
import { realData } from '../data.ts'
import { fixture, useFolder } from './hdf5/fixtures.ts'

const folder = useFolder()

describe('openDataset', () => {
  it('opens an HDF5 file whatever its name', async () => {
    const dataset = await openDataset(fixture('user-block'), { cacheDirectory: folder.path() })
    await dataset.close()
    expect(dataset.length).toBe(5)
  })

  const imagenette = realData('imagenette', 'imagenette-128.tar')
  it.skipIf(!imagenette)(
    `opens a folder of class folders${imagenette ? '' : ' (skipped: no imagenette)'}`,
    async () => {
      const dataset = await openDataset(imagenette!, { subset: 'val', size: [32, 32] })
      const pixels = new Uint8Array(2 * 32 * 32 * 3)
      await dataset.read([0, dataset.length - 1], pixels)
      await dataset.close()
      expect(dataset.classes.names).toHaveLength(10)
    },
  )

  const refusal = (path: string) =>
    openDataset(path).then(
      () => expect.unreachable(`${path} was opened`),
      (error: unknown) => error as { code: string; message: string },
    )

  it.each([
    ['a FITS file', 'cutout', 'SIMPLE  =                    T', 'io.fits', /FITS is not read yet/],
    ['a file named as FITS', 'cutout.fits.fz', 'anything', 'io.fits', /FITS is not read yet/],
    ['a single picture', 'ngc1300.png', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'io.format', /a single PNG picture/],
    ['a catalogue', 'train.csv', 'file,galaxy10\n1.jpg,2\n', 'io.format', /puregalaxy import/],
    ['text', 'notes.txt', 'call the observatory', 'io.format', /HDF5 file, a folder of class folders, a tar/],
    ['an empty file', 'nothing', '', 'io.empty', /is empty/],
    ['a web page named as HDF5', 'galaxies.h5', '<html>', 'io.hdf5.signature', /not an HDF5 file/],
  ])('refuses %s, saying what was expected', async (_, name, content, code, message) => {
    const path = folder.path(name)
    await writeFile(path, Buffer.from(content, 'latin1'))
    const error = await refusal(path)
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
    expect(error.message).toContain(path)
  })

  const cifar = realData('cifar10', 'cifar10-jpeg-q75.tar.xz')
  it.skipIf(!cifar)(
    `tells a tar of CIFAR-10 from others${cifar ? '' : ' (skipped: no CIFAR-10)'}`,
    async () => {
      const opening = openDataset(cifar!, { subset: 'holiday', cacheDirectory: folder.path() })
      await expect(opening).rejects.toThrow(/holiday/)
    },
  )

  const fits = realData('fits', '150_gband.fits.gz')
  it.skipIf(!fits)(`refuses compressed FITS${fits ? '' : ' (skipped: no FITS)'}`, async () => {
    expect((await refusal(fits!)).code).toBe('io.fits')
  })

  it('refuses what is not there', async () => {
    expect((await refusal(folder.path('absent'))).code).toBe('io.not-found')
  })

  it('refuses an empty folder', async () => {
    await mkdir(folder.path('empty'))
    expect((await refusal(folder.path('empty'))).message).toContain('empty')
  })
})
