import { mkdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { PureGalaxyError } from '../../errors.ts'
import { runTool, type ToolOptions } from './run-tool.ts'

/** Oldest g++ whose default knows all of C++17, which TensorFlow's headers are written in. */
const OLDEST_COMPILER = 9

/** The interface of Node's addons that is asked for: that of Node 12.22, 14.17, 15.12 and newer. */
const NAPI_VERSION = 8

export interface AddonSources {
  /** Folder of the npm package @tensorflow/tfjs-node. */
  readonly npmPackage: string
  /** Folder of the npm package node-api-headers. */
  readonly nodeHeaders: string
  /** Folder `tensorflow` of the unpacked wheel: libraries and include/. */
  readonly tensorflow: string
}

/**
 * Compiles the addon of @tensorflow/tfjs-node against the libraries and headers of TensorFlow's Python wheel: its two
 * sources, with the compiler itself; node-gyp is not needed. The wheel's folder is looked for relative to the addon, so
 * that all of it may be moved together.
 *
 * @param addon where it goes
 * @throws PureGalaxyError `engine.no-compiler`, `engine.compile-failed`
 */
export async function compileAddon(
  addon: string,
  sources: AddonSources,
  options: Pick<ToolOptions, 'signal'> = {},
): Promise<void> {
  const { npmPackage, nodeHeaders, tensorflow } = sources
  await mkdir(dirname(addon), { recursive: true })
  const ended = await runTool(
    compiler(),
    [
      '-std=c++17',
      '-O2',
      '-fPIC',
      '-shared',
      '-w',
      `-DNAPI_VERSION=${NAPI_VERSION}`,
      ...['-I', join(nodeHeaders, 'include'), '-I', join(tensorflow, 'include')],
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(npmPackage, 'binding', file)),
      ...['-o', addon, `-L${tensorflow}`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
      `-Wl,-rpath,$ORIGIN/${relative(dirname(addon), tensorflow)}`,
    ],
    options,
  )
  if (ended === null) throw noCompiler()
  if (ended.code !== 0) {
    const said =
      ended.text.split('\n').find((line) => /error/i.test(line)) ?? ended.text.trim().split('\n').at(-1)
    throw new PureGalaxyError(
      'engine.compile-failed',
      `${compiler()} does not compile the addon of TensorFlow.js: ${said?.trim() || 'it said nothing'}. g++ ` +
        `${OLDEST_COMPILER} or newer is needed; name one with CXX.`,
      { cause: new Error(ended.text) },
    )
  }
}

/** Asks for the compiler, before much is fetched for nothing. */
export async function checkCompiler(signal: AbortSignal | undefined): Promise<void> {
  if ((await runTool(compiler(), ['--version'], { signal })) === null) throw noCompiler()
}

const compiler = () => process.env.CXX || 'g++'

const noCompiler = () =>
  new PureGalaxyError(
    'engine.no-compiler',
    `There is no ${compiler()}, which compiles the addon of TensorFlow.js. Install g++ ${OLDEST_COMPILER} or newer ` +
      '(Debian, Ubuntu: apt install g++; without root: conda install gxx), or name a compiler with CXX.',
  )
