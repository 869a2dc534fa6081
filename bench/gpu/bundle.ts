/**
 * Packs all that `check:gpu` needs into one archive, for a machine without network:
 *
 *     npm run bundle:gpu -- [--out puregalaxy-gpu.tar.gz]
 *
 * In it: this Node, the built library and the check, the packages that they load, the PyTorch peer, and a small set of
 * simulated galaxies. JAX's CUDA plugin and PyTorch are taken from the Python of the other machine. There:
 *
 *     tar xzf puregalaxy-gpu.tar.gz && puregalaxy-gpu/check-gpu.sh
 */
import { execFileSync } from 'node:child_process'
import { createReadStream, createWriteStream } from 'node:fs'
import { copyFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { createGzip } from 'node:zlib'
import { nodeFileTrace } from '@vercel/nft'
import { type Pack, pack } from 'tar-stream'

/** The most that the archive may weigh: it has to travel. */
const MOST_BYTES = 60e6

const ROOT = 'puregalaxy-gpu'
const ENTRIES = [
  'dist/cli/main.js',
  'dist/train/batch-worker.js',
  'bench/build/gpu-check.js',
  'bench/build/gpu-stage.js',
  // Of archives in xz; its `require` is made when it runs, which tracing does not see.
  relative('.', createRequire(import.meta.url).resolve('xz-decompress')),
]

/** Found by tracing, but loaded for other work only: no engine but `xla` and `cpu` runs. */
const LEFT_OUT = /node_modules\/(onnxruntime-|@tensorflow\/tfjs-(backend-wasm|node))/

const START = `#!/bin/sh
# Checks puregalaxy on this machine's GPU; see --help.
cd "$(dirname "$0")" && exec ./node bench/build/gpu-check.js "$@"
`

const { values } = parseArgs({ options: { out: { type: 'string', default: `${ROOT}.tar.gz` } } })
const folder = await mkdtemp(join(tmpdir(), 'puregalaxy-bundle-'))
try {
  const data = join(folder, 'galaxies.h5')
  execFileSync(
    process.execPath,
    ['dist/cli/main.js', 'simulate', '--count', '1000', '--size', '64', '--seed', '1', '--out', data],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const { fileList } = await nodeFileTrace(ENTRIES, { ignore: (path) => LEFT_OUT.test(path) })
  // koffi works out the name of its native part when it runs.
  const native = `node_modules/@koromix/koffi-${process.platform}-${process.arch}`
  for (const path of await filesOf(native)) fileList.add(path)
  const archive = pack()
  const written = pipeline(archive, createGzip({ level: 9 }), createWriteStream(`${values.out}.part`))
  await add(archive, 'check-gpu.sh', Buffer.from(START), 0o755)
  await addFile(archive, 'node', process.execPath, 0o755)
  await addFile(archive, 'data/galaxies.h5', data)
  for (const peer of ['bench_torch.py', 'pure_torch.py']) await addFile(archive, `bench/peers/${peer}`)
  for (const path of [...fileList].sort()) if ((await stat(path)).isFile()) await addFile(archive, path)
  archive.finalize()
  await written
  await copyFile(`${values.out}.part`, values.out)
} finally {
  await rm(`${values.out}.part`, { force: true })
  await rm(folder, { recursive: true, force: true })
}
const { size } = await stat(values.out)
console.log(`${values.out}  ${(size / 1e6).toFixed(1)} MB`)
if (size > MOST_BYTES) {
  console.error(`The bundle is larger than ${MOST_BYTES / 1e6} MB.`)
  process.exitCode = 1
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

async function addFile(archive: Pack, name: string, path = name, mode?: number): Promise<void> {
  const { size, mode: own } = await stat(path)
  const entry = archive.entry({ name: `${ROOT}/${name}`, size, mode: mode ?? own })
  await pipeline(createReadStream(path), entry)
}

async function add(archive: Pack, name: string, content: Buffer, mode: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    archive.entry({ name: `${ROOT}/${name}`, mode }, content, (error) => (error ? reject(error) : resolve()))
  })
}
