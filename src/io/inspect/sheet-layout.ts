import { type Picture, resizePicture } from '../pictures/index.ts'
import { GLYPH_HEIGHT, GLYPH_WIDTH, type GreyPicture, loadLabelFont } from './label-font.ts'

/** Characters of a label before it is broken. */
const LABEL_CHARACTERS = 24
/** Pixels between tiles. */
const GAP = 4
const BACKGROUND = 24

/** One row of a contact sheet. */
export interface SheetRow {
  readonly name: string
  readonly count: number
  readonly samples: readonly number[]
}

/** The central square of a picture at the size of a tile; pixels of small pictures stay visible as such. */
export async function squareTile(picture: Picture, side: number): Promise<Picture> {
  const factor = Math.floor(side / Math.max(picture.height, picture.width))
  return resizePicture(factor > 1 ? enlarged(picture, factor) : picture, { size: [side, side] })
}

function enlarged({ data, height, width }: Picture, factor: number): Picture {
  const large = new Uint8Array(data.length * factor * factor)
  const stride = width * factor
  for (let y = 0; y < height * factor; y++) {
    for (let x = 0; x < stride; x++) {
      const from = (Math.floor(y / factor) * width + Math.floor(x / factor)) * 3
      large.set(data.subarray(from, from + 3), (y * stride + x) * 3)
    }
  }
  return { data: large, height: height * factor, width: stride }
}

/**
 * Puts tiles in rows, each with its name and count to the left.
 * @param tiles all tiles, row after row, each `tile` pixels square
 */
export async function layOutSheet(
  rows: readonly SheetRow[],
  tiles: readonly Picture[],
  perClass: number,
  tile: number,
): Promise<Picture> {
  const labels = rows.map(({ name, count }) => [...wrapped(name), count.toLocaleString('en-US')])
  const labelWidth = GLYPH_WIDTH * Math.max(1, ...labels.flat().map((line) => line.length)) + 2 * GAP
  const heights = labels.map((lines) => Math.max(tile, lines.length * GLYPH_HEIGHT) + GAP)
  const width = labelWidth + perClass * (tile + GAP)
  const height = heights.reduce((sum, of) => sum + of, GAP)
  const data = new Uint8Array(height * width * 3).fill(BACKGROUND)
  const names: GreyPicture = {
    data: new Uint8Array(height * labelWidth).fill(BACKGROUND),
    height,
    width: labelWidth,
  }
  const font = await loadLabelFont()
  let top = GAP
  let next = 0
  rows.forEach(({ samples }, row) => {
    labels[row]!.forEach((line, at) => {
      font.draw(line, names, GAP, top + at * GLYPH_HEIGHT)
    })
    samples.forEach((_, at) => {
      place(tiles[next++]!, data, width, labelWidth + at * (tile + GAP), top)
    })
    top += heights[row]!
  })
  names.data.forEach((grey, at) => {
    const to = (Math.floor(at / labelWidth) * width + (at % labelWidth)) * 3
    data.fill(Math.max(grey, BACKGROUND), to, to + 3)
  })
  return { data, height, width }
}

function place(tile: Picture, onto: Uint8Array, width: number, left: number, top: number): void {
  for (let line = 0; line < tile.height; line++) {
    const from = line * tile.width * 3
    onto.set(tile.data.subarray(from, from + tile.width * 3), ((top + line) * width + left) * 3)
  }
}

/** Breaks a name at spaces, and within words that are too long for a line. */
function wrapped(name: string): string[] {
  const lines: string[] = ['']
  for (const word of name.split(/\s+/)) {
    for (let start = 0; start < Math.max(1, word.length); start += LABEL_CHARACTERS) {
      const piece = word.slice(start, start + LABEL_CHARACTERS)
      const line = lines.at(-1)!
      if (line === '') lines[lines.length - 1] = piece
      else if (line.length + 1 + piece.length <= LABEL_CHARACTERS)
        lines[lines.length - 1] = `${line} ${piece}`
      else lines.push(piece)
    }
  }
  return lines
}
