import { PureGalaxyError } from '../errors.ts'
import type { NoiseBatch, NoiseProtocol } from './protocol.ts'

/**
 * Refuses what `apply` cannot mean, before anything is drawn.
 *
 * @throws PureGalaxyError `noise.level`, `noise.seed`, `noise.batch`
 */
export function checkDose(
  { name, levels }: Pick<NoiseProtocol, 'name' | 'levels'>,
  { pictures, height, width, indices, pixelScales, out }: NoiseBatch,
  level: number,
  seed: number,
): void {
  if (!levels.includes(level))
    throw new PureGalaxyError(
      'noise.level',
      `The level ${level} is none of those that ${name} was opened with: ${levels.join(', ')}. Open it with that level.`,
    )
  if (!isWord(seed))
    throw new PureGalaxyError(
      'noise.seed',
      `The noise seed is ${seed}; expected an integer from 0 to 2^32 - 1.`,
    )
  const count = indices.length
  const expected = count * height * width * 3
  if (pictures.length !== expected || out.length !== expected)
    throw new PureGalaxyError(
      'noise.batch',
      `There are ${pictures.length} values of pictures and room for ${out.length}; expected ${expected}, for ${count} × ${height} × ${width} × 3.`,
    )
  if (pixelScales !== undefined && pixelScales.length !== count)
    throw new PureGalaxyError(
      'noise.batch',
      `There are ${pixelScales.length} pixel scales for ${count} pictures.`,
    )
  for (let row = 0; row < count; row++) {
    if (!isWord(indices[row]!))
      throw new PureGalaxyError(
        'noise.batch',
        `Picture ${row} has the index ${indices[row]}; expected an integer from 0 to 2^32 - 1.`,
      )
  }
}

const isWord = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < 2 ** 32
