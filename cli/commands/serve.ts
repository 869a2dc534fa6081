import { once } from 'node:events'
import { Command } from 'commander'
import type { ApiLimits } from '../../src/api/index.ts'
import type {
  CutoutRecord,
  Cutouts,
  EngineModels,
  JobLimits,
  Jobs,
  StructuredLog,
} from '../../src/api/node/index.ts'
import type { CommandContext } from '../context.ts'
import {
  collect,
  decimalAbove,
  defined,
  type EngineChoice,
  engineOption,
  finish,
  integer,
  threadsOption,
  usageError,
} from '../options.ts'
import { poolThreads } from '../pool-threads.ts'

interface Options {
  readonly model?: readonly string[]
  readonly host: string
  readonly port: number
  readonly keys?: string
  readonly allowAnyone?: true
  readonly cutouts?: string
  readonly cutoutsAllowPrivate?: true
  readonly cutoutsLayer?: readonly string[]
  readonly cutoutsAtOnce?: number
  readonly engine: EngineChoice
  readonly threads?: number
  readonly maxBody?: number
  readonly maxPixels?: number
  readonly maxPictures?: number
  readonly maxHeld?: number
  readonly maxRequests?: number
  readonly keyRequests?: number
  readonly keyRate?: number
  readonly queue?: number
  readonly decoders?: number
  readonly deadline?: number
  readonly grace: number
  readonly jobs?: string
  readonly jobRetention?: number
  readonly maxJobs?: number
  readonly maxJobRows?: number
  readonly maxJobBody?: number
}

/** `puregalaxy serve` */
export function serveCommand(context: CommandContext): Command {
  const command = new Command('serve')
    .description('answer over HTTP: pictures in, predictions out; docs/api.md has the routes')
    .option(
      '--model <model>',
      'model file, run folder or name of a shipped model; several times for several (default: small)',
      collect,
    )
    .option('--host <host>', 'name or address to listen on', '127.0.0.1')
    .option('--port <number>', 'port, or 0 for one that is free', integer(0, 65535), 8080)
    .option('--keys <file>', 'ask for a key of this file: a line each, a name and the SHA-256 of the key')
    .option('--allow-anyone', 'let others reach the server without keys, on any host and by any name')
    .option(
      '--cutouts <url>',
      "take positions too, and fetch their pictures here: a survey's jpeg-cutout, or a mirror of it",
    )
    .option('--cutouts-allow-private', 'the host of the cut-outs may have a private address')
    .option(
      '--cutouts-layer <name>',
      'layer that may be asked for; several times for several, the default first (default: ls-dr9, ls-dr10)',
      collect,
    )
    .option('--cutouts-at-once <number>', 'cut-outs fetched at once (default: 8)', integer(1, 1024))
    .addOption(engineOption())
    .addOption(threadsOption())
    .option('--max-body <MiB>', 'largest body of a request (default: 32)', decimalAbove(0, 1024))
    .option('--max-held <MiB>', 'bodies held at once, in all (default: 256)', decimalAbove(0, 2 ** 20))
    .option('--max-pixels <number>', 'most pixels of a picture (default: 25 million)', integer(1))
    .option('--max-pictures <number>', 'most pictures of a request (default: 256)', integer(1, 65536))
    .option('--max-requests <number>', 'requests in work at once (default: 64)', integer(1, 65536))
    .option('--key-requests <number>', 'the same of one key (default: 32)', integer(1, 65536))
    .option('--key-rate <number>', 'pictures a second of one key (default: 1000)', integer(1, 1e9))
    .option('--queue <number>', 'pictures that may wait for a model (default: 1024)', integer(1))
    .option('--decoders <number>', 'pictures decoded at once (default: 4)', integer(1, 1000))
    .option('--deadline <seconds>', 'time for a request (default: 30)', decimalAbove(0, 3600))
    .option(
      '--grace <seconds>',
      'time for work in hand when the server is stopped',
      decimalAbove(0, 3600),
      25,
    )
    .option('--jobs <folder>', 'take jobs (/v1/jobs) and keep them in this folder, one for each server')
    .option('--job-retention <days>', 'time for which a job is kept (default: 7)', decimalAbove(0, 3650))
    .option('--max-jobs <number>', 'jobs of a key that are not done (default: 16)', integer(1))
    .option('--max-job-rows <number>', 'most rows of a job (default: 1 million)', integer(1, 2 ** 32))
    .option('--max-job-body <MiB>', 'largest body of a job (default: 1024)', decimalAbove(0, 2 ** 20))
    .action((options: Options) => serve(context, options))
  return finish(command, [
    'serve',
    'serve --model runs/a/best.safetensors --model small --port 9000',
    'serve --host 0.0.0.0 --keys keys.txt --jobs /var/lib/puregalaxy/jobs',
    'serve --cutouts https://survey.example/jpeg-cutout',
  ])
}

async function serve(context: CommandContext, options: Options): Promise<void> {
  const { host, port, allowAnyone = false, decoders = 0 } = options
  const decodedAtOnce = await poolThreads(context, decoders)
  const { createApp } = await import('../../src/api/index.ts')
  const node = await import('../../src/api/node/index.ts')
  const { logger, observer } = node.structuredLog((line) => context.terminal.err(line))
  const keys =
    options.keys === undefined
      ? undefined
      : await node.openKeyFile(options.keys, {
          onReload: (error) =>
            error === undefined
              ? logger.info('keys read anew')
              : logger.error({ reason: (error as Error).message }, 'keys not read; those before still hold'),
        })
  if (decodedAtOnce !== undefined)
    logger.warn(
      `No more than ${decodedAtOnce} pictures are decoded at once. Set UV_THREADPOOL_SIZE to ${decoders} or more.`,
    )
  let engineModels: EngineModels | undefined
  let cutouts: Cutouts | undefined
  let jobs: Jobs | undefined
  try {
    engineModels = await openModels(node, options, context.signal, logger)
    if (engineModels === undefined) return logger.info('stopping')
    const { models: classifiers } = engineModels
    const metrics = node.prometheusMetrics(classifiers)
    cutouts = openCutouts(node, options, metrics.onCutout)
    jobs = await openJobs(node, options, cutouts)
    const app = createApp({
      classifiers,
      decode: node.decodeUpload,
      cutouts,
      docs: node.docsFiles,
      limits: limitsOf(options),
      keys,
      observers: [observer, metrics.observer],
      page: await node.readWebPage(),
      metrics: metrics.render,
      ...(jobs === undefined ? {} : { extensions: [jobs] }),
    })
    const server = await node.startServer(app, { host, port, reachable: keys !== undefined || allowAnyone })
    try {
      await app.warmUp()
      if (!context.signal.aborted) {
        const { url } = server
        const models = classifiers.map(({ name, version, engine }) => ({ name, version, engine }))
        context.result({ url, host, port: server.port, models }, () => `listening on ${url}`)
        await once(context.signal, 'abort')
      }
      logger.info('stopping')
    } finally {
      await server.stop(1000 * options.grace)
    }
  } finally {
    await jobs?.close()
    keys?.close()
    cutouts?.close()
    await engineModels?.dispose()
  }
}

/** The models, or undefined where the server is stopped while they are opened. */
async function openModels(
  node: typeof import('../../src/api/node/index.ts'),
  { model = ['small'], engine, threads }: Options,
  signal: AbortSignal,
  logger: StructuredLog['logger'],
): Promise<EngineModels | undefined> {
  try {
    return await node.openEngineProcess({
      models: [...new Set(model)],
      engine,
      ...defined({ threads }),
      signal,
      onFailure: (error) => logger.error({ err: error }, 'engine failed'),
      onRestart: () => logger.info('engine runs again'),
    })
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  }
}

/** The source of cut-outs that the options ask for, if they do. */
function openCutouts(
  node: typeof import('../../src/api/node/index.ts'),
  options: Options,
  onCutout: (record: CutoutRecord) => void,
): Cutouts | undefined {
  const { cutouts, cutoutsAllowPrivate: allowPrivate, cutoutsLayer: layers, cutoutsAtOnce: atOnce } = options
  if (cutouts !== undefined)
    return node.openCutouts(cutouts, {
      ...defined({ allowPrivate, layers }),
      limits: defined({ atOnce }),
      onCutout,
    })
  if (allowPrivate === undefined && layers === undefined && atOnce === undefined) return undefined
  throw usageError('Options of cut-outs say nothing without --cutouts, which has their address.')
}

/** The jobs that the options ask for, if they do. */
async function openJobs(
  node: typeof import('../../src/api/node/index.ts'),
  options: Options,
  cutouts: Cutouts | undefined,
): Promise<Jobs | undefined> {
  const limits = jobLimitsOf(options)
  const { jobs: folder, cutoutsAtOnce: atOnce } = options
  const fetches = atOnce === undefined ? undefined : Math.max(1, Math.floor(0.75 * atOnce))
  if (folder !== undefined) return node.openJobs({ folder, limits, ...defined({ cutouts, fetches }) })
  if (Object.keys(limits).length === 0) return undefined
  throw usageError('Options of jobs say nothing without --jobs, which has their folder.')
}

function limitsOf(options: Options): Partial<ApiLimits> {
  const { maxPixels, maxPictures, maxRequests, keyRequests, keyRate, queue, decoders } = options
  const scaled = (value: number | undefined, unit: number) =>
    value === undefined ? undefined : Math.ceil(value * unit)
  return defined({
    bodyBytes: scaled(options.maxBody, 2 ** 20),
    heldBytes: scaled(options.maxHeld, 2 ** 20),
    pixels: maxPixels,
    items: maxPictures,
    requests: maxRequests,
    requestsPerKey: keyRequests,
    rate: keyRate,
    queue,
    decoders,
    deadline: scaled(options.deadline, 1000),
  })
}

function jobLimitsOf(options: Options): Partial<JobLimits> {
  const { jobRetention, maxJobs, maxJobRows, maxJobBody } = options
  return defined({
    retention: jobRetention === undefined ? undefined : Math.ceil(jobRetention * 24 * 3600 * 1000),
    open: maxJobs,
    rows: maxJobRows,
    bodyBytes: maxJobBody === undefined ? undefined : Math.ceil(maxJobBody * 2 ** 20),
  })
}
