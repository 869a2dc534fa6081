import sharp from 'sharp'
import { GalaxySimulator } from '../../src/simulate/index.ts'
import { GALAXY10_DECALS, GALAXY10_SIZE } from '../../src/survey/index.ts'
import { readGenuine } from './genuine.ts'

const CELL = 128
const GAP = 2
const COLUMNS = 7

/** Draws seven genuine pictures of each class on the left and seven simulated ones on the right. */
export async function drawSheet(dataFolder: string, seed: number, path: string): Promise<void> {
  const cells: { input: Buffer; left: number; top: number }[] = []
  const place = async (picture: Uint8Array, row: number, column: number) => {
    const raw = { width: GALAXY10_SIZE, height: GALAXY10_SIZE, channels: 3 as const }
    const input = await sharp(picture, { raw }).resize(CELL, CELL).png().toBuffer()
    const middle = column < COLUMNS ? 0 : 6 * GAP
    cells.push({ input, left: column * (CELL + GAP) + middle, top: row * (CELL + GAP) })
  }
  const seen = new Map<number, number>()
  for await (const { picture, label } of readGenuine(dataFolder, 6)) {
    const column = seen.get(label) ?? 0
    seen.set(label, column + 1)
    if (column < COLUMNS) await place(picture, label, column)
  }
  for (const label of GALAXY10_DECALS.slugs.keys()) {
    const simulator = new GalaxySimulator({ seed, classes: [label] })
    for (let i = 0; i < COLUMNS; i++) await place(simulator.draw(i * 10 + label).picture, label, COLUMNS + i)
  }
  const width = 2 * COLUMNS * (CELL + GAP) + 6 * GAP
  const height = GALAXY10_DECALS.slugs.length * (CELL + GAP)
  await sharp({ create: { width, height, channels: 3, background: '#fff' } })
    .composite(cells)
    .toFile(path)
}
