// Turns a trained model into one that ships: weights in half precision or in 8 bits, a version of its own, without the
// optimiser's state.
//
//     node weights/pack.mjs runs/small/best.safetensors weights/small.safetensors small-1 float16
//     node weights/pack.mjs runs/large/best.safetensors weights/large.safetensors large-1 int8
import { readFile } from 'node:fs/promises'
import { decodeSafetensors, encodeSafetensors, writeFileAtomic } from 'puregalaxy/io'
import { decodeModelFile, encodeModelFile } from 'puregalaxy/model'

const [from, to, version, weights] = process.argv.slice(2)
if (weights !== 'float16' && weights !== 'int8')
  throw new Error('usage: node weights/pack.mjs FROM TO VERSION float16|int8')
const content = decodeModelFile(decodeSafetensors(await readFile(from), from), from)
const packed = encodeModelFile({ ...content, metadata: { ...content.metadata, version } }, { weights })
const bytes = encodeSafetensors(packed.tensors, packed.metadata)
await writeFileAtomic(to, bytes)
console.log(`${to}: ${bytes.length} bytes`)
