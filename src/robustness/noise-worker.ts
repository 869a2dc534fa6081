/** Prepares pictures in a thread of its own (see noise-threads.ts): draws noise, and resizes. */
import { move, transferableSymbol, valueSymbol, workerData } from 'piscina'
import { type NoiseProtocol, openProtocol, type ProtocolName } from '../noise/index.ts'
import { type PictureGeometry, prepareForModel } from './noisy-pictures.ts'

export interface NoiseTask {
  readonly pictures: Uint8Array
  readonly indices: Uint32Array
  /** Null: they are resized, and nothing else. */
  readonly dose: { readonly protocol: ProtocolName; readonly level: number; readonly seed: number } | null
}

const protocols = new Map<string, NoiseProtocol>()

/** Protocols keep tables of the levels that they have drawn. */
function protocolOf({ protocol: name, level }: NonNullable<NoiseTask['dose']>): NoiseProtocol {
  const key = `${name} ${level}`
  const protocol = protocols.get(key) ?? openProtocol(name, [level])
  protocols.set(key, protocol)
  return protocol
}

/** `PreparedPictures`, whose bytes are handed over without a copy. */
export default async function prepare({ pictures, indices, dose }: NoiseTask): Promise<unknown> {
  const full = dose && { ...dose, protocol: protocolOf(dose) }
  const prepared = await prepareForModel(workerData as PictureGeometry, full, pictures, indices)
  return move({ [transferableSymbol]: prepared.pictures.buffer, [valueSymbol]: prepared })
}
