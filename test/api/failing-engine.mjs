// Stands in for the process of the engine (src/api/node/engine-worker.ts): what it does is said by the first byte of a picture.
import { existsSync } from 'node:fs'

const ACTS = {
  255: () => process.kill(process.pid, 'SIGKILL'),
  254: () => process.send({ failure: { message: 'out of memory at /secret/path', stack: 'here' } }),
  253: () => compute(60_000),
  252: () => compute(2000),
  251: () => {
    console.error('a last word')
    process.exit(3)
  },
}

function compute(milliseconds) {
  for (const end = Date.now() + milliseconds; Date.now() < end; );
}

process.on('disconnect', () => process.exit())
const [marker] = JSON.parse(process.argv[2]).models
if (existsSync(`${marker}.broken`))
  process.send({ failure: { code: 'io.not-found', message: 'no such file' } })
else if (!existsSync(`${marker}.hangs`)) {
  const slugs = Array.from({ length: 10 }, (_, at) => `class_${at}`)
  const version = existsSync(`${marker}.changed`) ? '2' : '1'
  const classes = { name: 'ten', slugs, names: slugs }
  process.send({ opened: [{ name: 'm', version, classes, inputSize: [8, 8, 3], engine: 'test' }] })
}
process.on('message', ({ run, pictures }) => {
  ACTS[pictures[0]]?.()
  const probabilities = new Float64Array(10).fill(0.1)
  const prediction = { probabilities, label: 0, slug: 'class_0', confidence: 0.1, entropy: Math.log(10) }
  process.send({ run, predictions: Array(pictures.length / 192).fill(prediction) })
})
