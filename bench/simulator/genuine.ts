import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import sharp from 'sharp'

/** A picture of 256 × 256 pixels, red, green, blue interleaved, and its class. */
export interface LabelledPicture {
  readonly picture: Uint8Array
  readonly label: number
}

/** The genuine Galaxy10 DECaLS pictures among the training pictures of `decals`, one after the other. */
export async function* readGenuine(dataFolder: string): AsyncGenerator<LabelledPicture> {
  const folder = join(dataFolder, 'decals')
  const table = await readFile(join(folder, 'train.csv'), 'utf8')
  const rows: Record<string, string>[] = parse(table, { columns: true })
  for (const row of rows) {
    if (!row.label_origin?.startsWith('Galaxy10 DECaLS label') || row.galaxy10 === '') continue
    const { data, info } = await sharp(join(folder, 'train', row.file!))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
    if (info.width === 256 && info.height === 256 && info.channels === 3) {
      yield { picture: new Uint8Array(data), label: Number(row.galaxy10) }
    }
  }
}
