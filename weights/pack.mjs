// Turns a trained model into one that ships: half precision, a version of its own, without the optimiser's state.
//
//     node weights/pack.mjs runs/small/best.safetensors weights/small.safetensors small-1
import { readFile } from 'node:fs/promises'
import { decodeSafetensors, encodeSafetensors, writeFileAtomic } from 'puregalaxy/io'
import { decodeModelFile, encodeModelFile } from 'puregalaxy/model'

const [from, to, version] = process.argv.slice(2)
if (!version) throw new Error('usage: node weights/pack.mjs FROM TO VERSION')
const content = decodeModelFile(decodeSafetensors(await readFile(from), from), from)
const packed = encodeModelFile({ ...content, metadata: { ...content.metadata, version } }, { half: true })
const bytes = encodeSafetensors(packed.tensors, packed.metadata)
await writeFileAtomic(to, bytes)
console.log(`${to}: ${bytes.length} bytes`)
