import { defineConfig } from 'tsdown'

/** Bundles the measurements, so that Node 20 runs them with the code as it is shipped. */
export default defineConfig({
  entry: {
    main: 'bench/main.ts',
    'work-process': 'bench/work-process.ts',
    'io-steps': 'bench/io-steps.ts',
    jobs: 'bench/jobs.ts',
    simulator: 'bench/simulator.ts',
    api: 'bench/api.ts',
    'api-bare-process': 'bench/api/bare-process.ts',
    'api-leak': 'bench/api/leak.ts',
    'api-load-process': 'bench/api/load-process.ts',
    'gpu-check': 'bench/gpu/check.ts',
    'gpu-stage': 'bench/gpu/stage.ts',
    'gpu-bundle': 'bench/gpu/bundle.ts',
    'gpu-program': 'bench/gpu/program.ts',
  },
  format: 'esm',
  platform: 'node',
  target: 'node20',
  outDir: 'bench/build',
  clean: true,
  dts: false,
  external: [/^onnxruntime-/, 'koffi', 'libsql', '@vercel/nft'],
  noExternal: [/^@tensorflow\/tfjs-core\/dist\//],
})
