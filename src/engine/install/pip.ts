import { PureGalaxyError } from '../../errors.ts'
import { pythonCommand } from '../xla/jax-plugins.ts'
import { runTool, type ToolResult } from './run-tool.ts'

/** Oldest pip that knows the names of today's Linux wheels (`manylinux_2_27`). */
const OLDEST_PIP = [20, 3] as const

export interface PipOptions {
  /** Called with what pip is doing, in few words: `downloading nvidia_cublas (384.6 MB)`. */
  readonly onProgress?: ((message: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
  /** Where pip unpacks; on the file system of the target, so that moving costs nothing. */
  readonly temporary?: string
}

/**
 * Runs `python3 -m pip` with the user's own settings for index, proxy and certificates.
 *
 * @throws PureGalaxyError `engine.no-python`, `engine.no-pip`, `engine.old-pip`, and what `failure` makes of pip's words
 */
export async function runPip(args: readonly string[], options: PipOptions = {}): Promise<void> {
  const ended = await run(['-m', 'pip', ...args, '--disable-pip-version-check', '--no-input'], options)
  if (ended.code === 0) return
  await checkPip(options)
  throw failure(ended.text, args.includes('--no-index'))
}

/** Whether there is a pip, and one that can do this: asked only when something failed, for starting it takes a second. */
async function checkPip(options: PipOptions): Promise<void> {
  const { code, text } = await run(['-m', 'pip', '--version'], { ...options, onProgress: undefined })
  const [, version, major, minor] = /^pip ((\d+)\.(\d+)\S*)/m.exec(text) ?? []
  const python = pythonCommand()
  if (code !== 0 || version === undefined)
    throw new PureGalaxyError(
      'engine.no-pip',
      `${python} has no pip, which fetches the engine (${lastLine(text)}). Install it (Debian, Ubuntu: apt install ` +
        `python3-pip; otherwise: ${python} -m ensurepip), or set PUREGALAXY_PYTHON to a Python that has it.`,
    )
  if (Number(major) < OLDEST_PIP[0] || (Number(major) === OLDEST_PIP[0] && Number(minor) < OLDEST_PIP[1]))
    throw new PureGalaxyError(
      'engine.old-pip',
      `pip ${version} of ${python} is too old for these packages: ${OLDEST_PIP.join('.')} or newer is needed. ` +
        `Update it with ${python} -m pip install --upgrade pip.`,
    )
}

async function run(
  args: readonly string[],
  { onProgress, signal, temporary }: PipOptions,
): Promise<ToolResult> {
  const python = pythonCommand()
  const env = {
    ...process.env,
    PYTHONUNBUFFERED: '1',
    // Settings that cannot go with --target, or ask questions of their own.
    PIP_REQUIRE_VIRTUALENV: 'false',
    PIP_USER: 'false',
    ...(temporary === undefined ? {} : { TMPDIR: temporary }),
  }
  const onLine = onProgress && ((line: string) => reportLine(line, onProgress))
  const ended = await runTool(python, args, { env, signal, onLine })
  if (ended === null) throw noPython(python)
  return ended
}

/** Of pip's lines those that say what takes time. */
function reportLine(line: string, onProgress: (message: string) => void): void {
  const file =
    /^\s*(Downloading|Using cached|Processing) (?:\S+\/)?([^\s/]+?)-\d\S*\.whl(?: (\([\d.]+ \w+\)))?/.exec(
      line,
    )
  const what = [file?.[2], file?.[3]].filter((part) => part !== undefined).join(' ')
  if (file?.[1] === 'Downloading') onProgress(`downloading ${what}`)
  else if (file) onProgress(`taking ${what}, which is here already`)
  else if (line.startsWith('Installing collected packages')) onProgress('unpacking')
  else if (/^WARNING: Retrying/.test(line)) onProgress('the package index does not answer, trying again')
}

const noPython = (python: string) =>
  new PureGalaxyError(
    'engine.no-python',
    `There is no program ${python}, whose pip would fetch the engine. Install Python 3 (Debian, Ubuntu: apt install python3-pip; ` +
      'without root: conda or uv), or set PUREGALAXY_PYTHON to one. On a machine without network, run the same command ' +
      'with --download-only FOLDER elsewhere, and here with --from FOLDER.',
  )

/** What pip's words mean, most telling first, and what to do. */
const FAILURES: readonly (readonly [words: RegExp, code: string, advice: string, offline?: string])[] = [
  [
    /No space left on device|Errno 28|Disk quota exceeded/,
    'engine.disk-full',
    'The disk is full. Make room, or set PUREGALAXY_CACHE to a folder on another disk, and run the command again.',
  ],
  [
    /DO NOT MATCH THE HASHES|Hash mismatch|hashes are required/i,
    'engine.hash',
    'A package is not the one that was pinned: its hash differs. Nothing was installed. Run the command again; if ' +
      'it stays so, the index or a proxy serves another file (pip cache purge removes a damaged copy of your own).',
    'A package of the folder is not the one that was pinned: its hash differs, as of a copy that is damaged or cut off. Nothing ' +
      'was installed. Copy the folder again, or fill it again with --download-only.',
  ],
  [
    /Temporary failure in name resolution|NewConnectionError|ConnectTimeout|Connection refused|ReadTimeout|Network is unreachable|ProxyError|SSLError|getaddrinfo failed|nodename nor servname|Connection(Reset|Aborted)/,
    'engine.no-network',
    'The package index cannot be reached (pip config list shows index and proxy). On a machine without network, run ' +
      'the same command with --download-only FOLDER on another one, copy the folder, and use --from FOLDER here.',
  ],
  [
    /Permission denied|Errno 13|Read-only file system/,
    'engine.not-writable',
    'pip may not write there. Give a folder that you may write to, or set PUREGALAXY_CACHE to one.',
  ],
]

function failure(text: string, offline: boolean): PureGalaxyError {
  const options = { cause: new Error(text) }
  const known = FAILURES.find(([words]) => words.test(text))
  if (known) {
    const [, code, advice, ofFolder = advice] = known
    return new PureGalaxyError(code, offline ? ofFolder : advice, options)
  }
  const missing = /No matching distribution found for (\S+)/.exec(text)?.[1]
  if (missing === undefined)
    return new PureGalaxyError('engine.pip-failed', `pip failed: ${lastLine(text)}`, options)
  const advice = offline
    ? 'The folder must come from --download-only of this version of puregalaxy, for this kind of machine.'
    : 'Its index (pip config list shows which) was not reached or does not carry that version; systems with musl ' +
      '(Alpine) have no such packages. Without network, use --download-only on another machine and --from here.'
  return new PureGalaxyError(
    'engine.no-wheel',
    `pip finds no ${missing} that fits this machine (${process.platform} ${process.arch}). ${advice}`,
    options,
  )
}

/** pip's last error, else its last line. */
function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return (lines.findLast((line) => line.startsWith('ERROR:')) ?? lines.at(-1) ?? 'it said nothing').trim()
}
