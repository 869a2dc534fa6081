/** Puts the site together in site/: puregalaxy's page, its API for the edge, the model, and the two scripts of this folder. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const site = join(here, 'site')
const { resolve } = createRequire(import.meta.url)

/** What static hosts send no header for: nothing may come from, or go to, another place. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self'",
  "style-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

try {
  const root = dirname(resolve('puregalaxy/package.json'))
  const files = {
    'page.css': resolve('puregalaxy/web/page.css'),
    'open-page.js': resolve('puregalaxy/web/open-page.js'),
    'edge.js': resolve('puregalaxy/api/edge'),
    'tensorflow.wasm': resolve('puregalaxy/api/edge/tensorflow.wasm'),
    'decoders.wasm': resolve('puregalaxy/api/edge/decoders.wasm'),
    'small.safetensors': resolve('puregalaxy/weights/small.safetensors'),
    'small.card.json': resolve('puregalaxy/weights/small.card.json'),
    'page.js': join(here, 'page.js'),
    'worker.js': join(here, 'worker.js'),
    // Who hands on what was compiled hands on its licences.
    LICENSE: join(root, 'LICENSE'),
    'LICENSES-decoders.txt': join(root, 'decoders/LICENSES.txt'),
  }
  const html = readFileSync(resolve('puregalaxy/web/index.html'), 'utf8')

  rmSync(site, { recursive: true, force: true })
  mkdirSync(site)
  for (const [name, path] of Object.entries(files)) copyFileSync(path, join(site, name))
  const policy = `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`
  const promise = '<p>The model runs in this browser: the picture is sent nowhere.</p>'
  const own = html.replace('<title>', `${policy}\n$&`).replace('</header>', `${promise}\n$&`)
  writeFileSync(join(site, 'index.html'), own)
  console.log(`${site}: ${Object.keys(files).length + 1} files for any static host`)
} catch (error) {
  console.error(`${error.message.split('\n')[0]}
puregalaxy must be installed here (npm install) and, where that is a clone, built there (npm ci in the clone).`)
  process.exitCode = 1
}
