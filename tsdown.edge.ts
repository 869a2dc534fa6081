import type { UserConfig } from 'tsdown'

/** Files of TensorFlow.js that the edge has no use for: threads, and what it asks of Node. */
const UNUSED = /tfjs-backend-wasm-threaded-simd(\.worker)?\.js$|platforms[\\/]platform_node\.js$/

/** Whether emscripten finds itself in Node, where it would load a file. */
const IN_NODE = /ENVIRONMENT_IS_NODE=typeof process[^;]+;/

/**
 * `puregalaxy/api/edge`: one module with all that it imports, which imports nothing, and the WebAssembly modules beside
 * it.
 */
export const edgeBundle = {
  entry: { index: 'src/api/edge/index.ts' },
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  outDir: 'dist/edge',
  clean: false,
  dts: false,
  minify: true,
  noExternal: [/./],
  define: { 'process.env.NODE_ENV': '"production"' },
  inputOptions: { resolve: { mainFields: ['module', 'browser', 'main'] } },
  plugins: [
    {
      name: 'tensorflow-without-node',
      load: (id) =>
        UNUSED.test(id) ? 'export default undefined; export const wasmWorkerContents = ""' : null,
      transform: (code, id) =>
        /wasm-out[\\/]tfjs-backend-wasm\.js$/.test(id)
          ? code.replace(IN_NODE, 'ENVIRONMENT_IS_NODE=false;')
          : null,
    },
  ],
  copy: [
    { from: 'decoders/decoders.wasm', to: 'dist/edge/decoders.wasm' },
    {
      from: 'node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
      to: 'dist/edge/tensorflow.wasm',
    },
  ],
} satisfies UserConfig

/** Its types. */
export const edgeTypes = {
  entry: { index: 'src/api/edge/index.ts' },
  format: 'esm',
  platform: 'neutral',
  outDir: 'dist/edge',
  clean: false,
  dts: { emitDtsOnly: true },
} satisfies UserConfig
