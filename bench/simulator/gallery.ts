import sharp from 'sharp'
import { GalaxySimulator } from '../../src/simulate/index.ts'
import { GALAXY10_DECALS, GALAXY10_SIZE } from '../../src/survey/index.ts'

const PER_CLASS = 3
const CELL = 112
const GAP = 4
const NAME_HEIGHT = 24
const BLOCK = PER_CLASS * (CELL + GAP)
const BLOCK_GAP = 14

/** The middle of a picture that is shown: galaxies fill less than two thirds of the width. */
const CROP = { left: 48, top: 48, width: 160, height: 160 }

/** Draws three simulated galaxies of each class under its name, two classes beside each other: the README's picture. */
export async function drawGallery(seed: number, path: string): Promise<void> {
  const cells: { input: Buffer; left: number; top: number }[] = []
  for (const [label, name] of GALAXY10_DECALS.names.entries()) {
    const left = GAP + (label % 2) * (BLOCK + BLOCK_GAP)
    const top = Math.floor(label / 2) * (NAME_HEIGHT + CELL + GAP)
    const text = `<text x="1" y="17" font-family="sans-serif" font-size="14" fill="#e6e6e6">${name}</text>`
    const svg = `<svg width="${BLOCK}" height="${NAME_HEIGHT}">${text}</svg>`
    cells.push({ input: Buffer.from(svg), left, top })
    const simulator = new GalaxySimulator({ seed, classes: [label] })
    for (let column = 0; column < PER_CLASS; column++) {
      const { picture } = simulator.draw(10 * label + column)
      const raw = { width: GALAXY10_SIZE, height: GALAXY10_SIZE, channels: 3 as const }
      const input = await sharp(picture, { raw }).extract(CROP).resize(CELL, CELL).png().toBuffer()
      cells.push({ input, left: left + column * (CELL + GAP), top: top + NAME_HEIGHT })
    }
  }
  const width = GAP + 2 * BLOCK + BLOCK_GAP
  const height = (GALAXY10_DECALS.names.length / 2) * (NAME_HEIGHT + CELL + GAP)
  await sharp({ create: { width, height, channels: 3, background: '#161616' } })
    .composite(cells)
    .webp({ quality: 82 })
    .toFile(path)
}
