import type { NoiseBatch, NoiseTally } from './protocol.ts'

/** What every protocol counts in pictures before it changes them. Borders are the business of protocols that read them. */
export function tallyPictures({ pictures, indices }: Pick<NoiseBatch, 'pictures' | 'indices'>): NoiseTally {
  const size = pictures.length / indices.length
  let [clippedChannels, saturatedPixels, blackPixels, constantPictures] = [0, 0, 0, 0]
  for (let start = 0; start < pictures.length; start += size) {
    let differing = 0
    for (let i = start; i < start + size; i += 3) {
      const r = pictures[i]!
      const g = pictures[i + 1]!
      const b = pictures[i + 2]!
      differing |= (r ^ pictures[start]!) | (g ^ pictures[start + 1]!) | (b ^ pictures[start + 2]!)
      // Few pixels have a channel at 0 or 255; those that do are looked at closely.
      if (inside(r) && inside(g) && inside(b)) continue
      const low = Number(r === 0) + Number(g === 0) + Number(b === 0)
      const high = Number(r === 255) + Number(g === 255) + Number(b === 255)
      clippedChannels += low + high
      if (low === 3) blackPixels++
      if (high === 3) saturatedPixels++
    }
    if (differing === 0) constantPictures++
  }
  return {
    pictures: indices.length,
    clippedChannels,
    saturatedPixels,
    blackPixels,
    emptyBorders: 0,
    constantPictures,
  }
}

function inside(value: number): boolean {
  return value > 0 && value < 255
}
