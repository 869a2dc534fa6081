import { join } from 'node:path'
import { makeFolder } from '../outputs.ts'

interface DrawPicturesOptions {
  readonly folder: string
  readonly count: number
  /** Width and height in pixels. */
  readonly size: number
  readonly seed: number
}

/** Writes simulated galaxies as PNG files, named by number and true class. */
export async function drawPictures({ folder, count, size, seed }: DrawPicturesOptions): Promise<void> {
  const { simulateGalaxies } = await import('../../src/simulate/index.ts')
  const { GALAXY10_DECALS } = await import('../../src/survey/galaxy10.ts')
  const { writeFileAtomic } = await import('../../src/io/atomic.ts')
  const { default: sharp } = await import('sharp')
  await makeFolder(folder)
  let number = 0
  for await (const { picture, label } of simulateGalaxies({ count, size, seed })) {
    const png = await sharp(picture, { raw: { width: size, height: size, channels: 3 } })
      .png()
      .toBuffer()
    const name = `${String(++number).padStart(3, '0')}-${GALAXY10_DECALS.slugs[label]}.png`
    await writeFileAtomic(join(folder, name), png)
  }
}
