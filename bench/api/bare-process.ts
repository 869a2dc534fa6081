/**
 * The engine and the decoder without a server, in a process of their own. Answers each line on stdin:
 *
 * - `batches SECONDS`: pictures per second, decoded while the model works on those before, as `puregalaxy classify` does
 * - `single SECONDS`: milliseconds of each picture, decoded and classified by itself
 *
 *     node bench/build/api-bare-process.js MODEL PICTURE…
 */
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { decodeUpload } from '../../src/api/node/index.ts'
import { Classifier, LARGEST_BATCH } from '../../src/classify/classifier.ts'
import { repeatFor } from '../statistics.ts'

const [model, ...paths] = process.argv.slice(2)
const classifier = await Classifier.open(model!)
const [height, width] = classifier.inputSize
const files = await Promise.all(paths.map((path) => readFile(path)))
let next = 0

const decode = () =>
  decodeUpload(files[next++ % files.length]!, { size: [height, width], maxPixels: 1e6, name: 'picture' })

async function decodeBatch(): Promise<Uint8Array> {
  return Buffer.concat(await Promise.all(Array.from({ length: LARGEST_BATCH }, decode)))
}

const single = async () => void (await classifier.predict(await decode()))

async function batches(seconds: number): Promise<number> {
  let coming = decodeBatch()
  const times = await repeatFor(seconds, async () => {
    const pictures = await coming
    coming = decodeBatch()
    await classifier.predict(pictures)
  })
  await coming
  return (LARGEST_BATCH * times.length) / times.reduce((sum, time) => sum + time, 0)
}

await batches(0)
await repeatFor(0, single)
for await (const line of createInterface({ input: process.stdin })) {
  const [work, seconds] = line.split(' ')
  const answer =
    work === 'batches'
      ? await batches(Number(seconds))
      : (await repeatFor(Number(seconds), single)).map((time) => 1000 * time)
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
await classifier.dispose()
