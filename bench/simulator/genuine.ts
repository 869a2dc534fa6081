import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import sharp from 'sharp'

/** A picture of 256 × 256 pixels, red, green, blue interleaved, and its class. */
export interface LabelledPicture {
  readonly picture: Uint8Array
  readonly label: number
}

/**
 * The genuine Galaxy10 DECaLS pictures among the training pictures of `decals`, one after the other.
 * @param every only every n-th of each class: neighbours in the table are neighbours on the sky, and share its noise
 */
export async function* readGenuine(dataFolder: string, every: number): AsyncGenerator<LabelledPicture> {
  const seen = new Map<string, number>()
  const folder = join(dataFolder, 'decals')
  const table = await readFile(join(folder, 'train.csv'), 'utf8')
  const rows: Record<string, string>[] = parse(table, { columns: true })
  for (const row of rows) {
    if (!row.label_origin?.startsWith('Galaxy10 DECaLS label') || row.galaxy10 === '') continue
    const before = seen.get(row.galaxy10!) ?? 0
    seen.set(row.galaxy10!, before + 1)
    if (before % every !== 0) continue
    const { data, info } = await sharp(join(folder, 'train', row.file!))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
    if (info.width === 256 && info.height === 256 && info.channels === 3) {
      yield { picture: new Uint8Array(data), label: Number(row.galaxy10) }
    }
  }
}
