import type { NoiseBatch, NoiseTally } from './protocol.ts'

/** What every protocol counts in pictures before it changes them. Borders are the business of protocols that read them. */
export function tallyPictures({ pictures, indices }: Pick<NoiseBatch, 'pictures' | 'indices'>): NoiseTally {
  const size = pictures.length / indices.length
  let [clippedChannels, saturatedPixels, blackPixels, constantPictures] = [0, 0, 0, 0]
  for (let start = 0; start < pictures.length; start += size) {
    const [red, green, blue] = pictures.subarray(start, start + 3)
    let constant = true
    for (let i = start; i < start + size; i += 3) {
      const [r, g, b] = [pictures[i]!, pictures[i + 1]!, pictures[i + 2]!]
      if (r !== red || g !== green || b !== blue) constant = false
      const low = Number(r === 0) + Number(g === 0) + Number(b === 0)
      const high = Number(r === 255) + Number(g === 255) + Number(b === 255)
      clippedChannels += low + high
      if (low === 3) blackPixels++
      if (high === 3) saturatedPixels++
    }
    if (constant) constantPictures++
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
