/**
 * The process in which models run (see engine-process.ts): engines compute on the thread that calls them, and what a native
 * library breaks, it breaks here. Says nothing but its replies, and ends with the process that started it.
 */
import { Classifier, LARGEST_BATCH } from '../../classify/classifier.ts'
import { PureGalaxyError } from '../../errors.ts'
import type { EngineOptions, EngineReply, EngineRequest, ModelDescription } from './engine-messages.ts'

const tell = (reply: EngineReply): void => void process.send!(reply)

process.on('disconnect', () => process.exit())
// A terminal and a service manager signal the whole group. Work in hand ends first: the server says when.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined)

async function open({ models, ...options }: EngineOptions): Promise<void> {
  const classifiers: Classifier[] = []
  for (const model of models) classifiers.push(await Classifier.open(model, options))
  for (const classifier of classifiers) await warmUp(classifier)
  process.on('message', ({ run, model, pictures }: EngineRequest) => {
    classifiers[model]!.predict(pictures).then((predictions) => tell({ run, predictions }), fail)
  })
  tell({ opened: classifiers.map(describe) })
}

/** Compiles what runs later, so that no request waits for it. */
async function warmUp(classifier: Classifier): Promise<void> {
  const [height, width, channels] = classifier.inputSize
  for (const pictures of [LARGEST_BATCH, 1])
    await classifier.predict(new Uint8Array(pictures * height * width * channels))
}

function fail(error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  tell({ failure: { message, stack, ...(error instanceof PureGalaxyError ? { code: error.code } : {}) } })
}

const describe = ({ name, version, classes, inputSize, engine, card }: Classifier): ModelDescription => ({
  name,
  version,
  classes,
  inputSize,
  engine,
  card,
})

open(JSON.parse(process.argv[2]!) as EngineOptions).catch(fail)
