import { readdirSync } from 'node:fs'
import { defineConfig, type UserConfig } from 'tsdown'
import { edgeBundle, edgeTypes } from './tsdown.edge.ts'

/** Folders of src/ that users import as `puregalaxy/<folder>`. */
const folders = readdirSync('src', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && readdirSync(`src/${entry.name}`).includes('index.ts'))
  .map((entry) => entry.name)

/** The page that `serve` shows: one script for browsers. */
const page = {
  entry: { page: 'web/served.ts' },
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  outDir: 'dist/web',
  minify: true,
  dts: false,
  outputOptions: { entryFileNames: '[name].js' },
  copy: ['index.html', 'page.css'].map((name) => ({ from: `web/${name}`, to: `dist/web/${name}` })),
} satisfies UserConfig

/** The same page for who answers otherwise than by a server. */
const openPage = {
  ...page,
  entry: { 'open-page': 'web/index.ts' },
  clean: false,
  copy: [],
  dts: true,
  tsconfig: 'web/tsconfig.json',
} satisfies UserConfig

const library = {
  entry: {
    'cli/main': 'cli/main.ts',
    'engine/plugin-trial': 'src/engine/xla/plugin-trial.ts',
    'train/batch-worker': 'src/train/batch-worker.ts',
    'robustness/noise-worker': 'src/robustness/noise-worker.ts',
    'api/node/index': 'src/api/node/index.ts',
    'api/node/job-database-worker': 'src/api/node/jobs/sqlite/job-database-worker.ts',
    'api/node/engine-worker': 'src/api/node/engine-worker.ts',
    ...Object.fromEntries(folders.map((folder) => [`${folder}/index`, `src/${folder}/index.ts`])),
  },
  format: 'esm',
  platform: 'node',
  target: 'node20',
  outDir: 'dist',
  // Both builds begin at once, and each removes its own.
  clean: ['dist/*', '!dist/web'],
  // Of the page /docs, with what their licence asks for.
  copy: [
    'swagger-ui.css',
    'swagger-ui-bundle.js',
    'swagger-ui-bundle.js.LICENSE.txt',
    'LICENSE',
    'NOTICE',
  ].map((name) => ({ from: `node_modules/swagger-ui-dist/${name}`, to: `dist/api/docs/${name}` })),
  dts: true,
  sourcemap: false,
  // Dependencies stay outside, optional ones too when told so, but for TensorFlow.js's gradients (see src/engine/gradients.ts).
  external: [/^onnxruntime-/, 'koffi', 'libsql'],
  noExternal: [/^@tensorflow\/tfjs-core\/dist\//],
  outputOptions: { chunkFileNames: 'shared/[name]-[hash].js' },
} satisfies UserConfig

export default defineConfig([library, page, openPage, edgeBundle, edgeTypes])
