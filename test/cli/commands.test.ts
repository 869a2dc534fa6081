import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { drawPictures } from '../../cli/demo/draw-pictures.ts'
import { GALAXY10_DECALS } from '../../src/survey/galaxy10.ts'
import { VERSION } from '../../src/version.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'
import { type CliResult, runProcess } from './run-cli.ts'

/** The command lines of a first project, in order, each a process of its own as a person would run it. */
describe('the command line', { timeout: 180_000 }, () => {
  const folder = temporaryFolder()
  const env = { PUREGALAXY_CACHE: join(folder, 'cache') }
  const run = (...args: string[]): Promise<CliResult> => runProcess(args, { cwd: folder, env })

  /** Runs a command with `--json`, which must leave one JSON value and nothing else on stdout. */
  async function json(...args: string[]): Promise<Record<string, unknown>> {
    const { code, out, err } = await run(...args, '--json')
    expect(err).not.toMatch(/error:/)
    expect(code).toBe(0)
    return JSON.parse(out) as Record<string, unknown>
  }

  const read = (name: string): Record<string, unknown> =>
    JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>

  /** A folder of simulated pictures and their catalogue; every fifth label is partial. */
  async function catalogue(name: string, count: number, seed: number): Promise<void> {
    await drawPictures({ folder: join(folder, name), count, size: 64, seed })
    const rows = readdirSync(join(folder, name)).map((file, row) => {
      const label = GALAXY10_DECALS.slugs.indexOf(file.slice(4, -4))
      return row % 5 === 4
        ? `${file},,${label}|${(label + 1) % 10},${row},10`
        : `${file},${label},${label},${row},10`
    })
    writeFileSync(join(folder, `${name}.csv`), `file,galaxy10,allowed,ra,dec\n${rows.join('\n')}\n`)
  }

  beforeAll(async () => {
    await catalogue('train', 50, 1)
    await catalogue('test', 20, 2)
    writeFileSync(
      join(folder, 'coordinates.csv'),
      'ra,dec\n0.001,0\n359.999,0\n10,5\n10,5\n50,80\n60,80\n70,80\n90,0\n',
    )
  })

  it('simulates galaxies in the layout of Galaxy10', async () => {
    const { images } = await json(
      'simulate',
      '--count',
      '40',
      '--size',
      '64',
      '--seed',
      '1',
      '--out',
      'sim.h5',
    )
    expect(images).toEqual([40, 64, 64, 3])
    expect((await json('inspect', 'sim.h5')).images).toEqual([40, 64, 64, 3])
  })

  it('imports pictures with their catalogue, partial labels included', async () => {
    const train = await json('import', 'train', '--catalog', 'train.csv', '--size', '64', '--out', 'train.h5')
    expect(train).toMatchObject({ images: 50, exact: 40, partial: 10, refused: [] })
    await json('import', 'test', '--catalog', 'test.csv', '--size', '64', '--out', 'test.h5')
    const both = ['import', 'train', 'test', '--catalog', 'train.csv', '--catalog', 'test.csv']
    expect(await json(...both, '--size', '64', '--out', 'both.h5')).toMatchObject({ images: 70 })
  })

  it('inspects a file: shape, chunks, classes, positions listed twice', async () => {
    const inspection = await json('inspect', 'train.h5', '--sheet', 'sheet.png')
    expect(inspection).toMatchObject({ images: [50, 64, 64, 3], duplicatePositions: 0, sheet: 'sheet.png' })
    expect(inspection.chunks).toHaveLength(4)
    expect(inspection.classes).toHaveLength(10)
    expect(readFileSync(join(folder, 'sheet.png')).subarray(1, 4).toString()).toBe('PNG')
  })

  it('splits coordinates and HDF5 files into groups that stay together', async () => {
    await json(
      'split',
      'coordinates.csv',
      '--group-radius',
      '67',
      '--test',
      '0.3',
      '--seed',
      '1',
      '--out',
      'split.json',
    )
    const split = read('split.json') as { groups: number; train: number[]; test: number[] }
    expect(split).toMatchObject({
      groups: 6,
      duplicatePositions: 1,
      dataHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect([...split.train, ...split.test].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(split.train.includes(0)).toBe(split.train.includes(1))
    await json('split', 'train.h5', '--test', '0.2', '--out', 'train-split.json')
    expect(read('train-split.json')).toMatchObject({ groups: 50, length: 50 })
  })

  it.each(['pure20', 'resnet20'])('trains %s and goes on with its run', async (model) => {
    const out = model === 'pure20' ? 'runs/a' : 'runs/b'
    const recipe = [
      '--size',
      '64',
      '--epochs',
      '1',
      '--batch-size',
      '16',
      '--val',
      '0.1',
      '--engine',
      'onnx',
      '--seed',
      '1',
    ]
    const result = await json('train', 'train.h5', '--model', model, ...recipe, '--out', out)
    expect(result).toMatchObject({ status: 'finished', epochs: 1 })
    for (const file of [
      'config.json',
      'metrics.ndjson',
      'best.safetensors',
      'last.safetensors',
      'report.html',
    ]) {
      expect(existsSync(join(folder, out, file)), file).toBe(true)
    }
    expect(await json('resume', out)).toMatchObject({ status: 'already-finished' })
  })

  it('refuses to train into a folder that holds a run, and names resume', async () => {
    const { code, err } = await run('train', 'train.h5', '--model', 'pure20', '--out', 'runs/a')
    expect(code).toBe(1)
    expect(err).toMatch(/runs\/a.*resume/s)
  })

  it('evaluates exact and partial labels apart', async () => {
    const evaluation = await json(
      'evaluate',
      'runs/a/best.safetensors',
      'test.h5',
      '--figure',
      'confusion.svg',
    )
    expect(evaluation).toMatchObject({ n: 16, partial: { n: 4, admittedAccuracy: expect.any(Number) } })
    for (const key of ['accuracy', 'macroF1', 'ece']) expect(evaluation[key], key).toEqual(expect.any(Number))
    expect(evaluation.recall).toHaveLength(10)
    expect(readFileSync(join(folder, 'confusion.svg'), 'utf8')).toMatch(/^<svg/)
    const { seconds: _, ...ofFile } = evaluation
    const { seconds: __, ...ofRun } = await json('evaluate', 'runs/a', 'test.h5')
    expect(ofRun).toEqual(ofFile)
  })

  it('says of a folder given as a model that it is no run with an epoch behind it', async () => {
    const { code, err } = await runProcess(['evaluate', 'runs', 'test.h5'], { cwd: folder })
    expect(code).toBe(1)
    expect(err).toMatch(/The folder runs holds no best\.safetensors/)
  })

  it('evaluates one list of a split file', async () => {
    const trained = await runProcess(['evaluate', 'runs/a', 'train.h5'], { cwd: folder })
    expect(trained.err).toMatch(/trained on the same data as train\.h5, by its hash/)
    const args = [
      'evaluate',
      'runs/a/best.safetensors',
      'train.h5',
      '--split',
      'train-split.json',
      '--subset',
      'test',
    ]
    expect((await runProcess(args, { cwd: folder })).err).not.toMatch(/trained on the same data/)
    const evaluation = (await json(...args)) as { n: number; partial: { n: number } }
    expect(evaluation.n + evaluation.partial.n).toBe((read('train-split.json').test as number[]).length)
  })

  it('tests a pair under noise and writes the report', async () => {
    const pair = ['runs/a/best.safetensors', 'test.h5', '--against', 'runs/b/best.safetensors']
    const result = await json(
      'robustness',
      ...pair,
      '--protocol',
      'counts',
      '--seeds',
      '2',
      '--out',
      'report/',
    )
    expect(result).toMatchObject({
      data: { exact: 16 },
      entries: { length: 2 },
      protocols: [{ protocol: 'counts', levels: { length: 5 }, curves: { length: 2 } }],
    })
    // What the model files know of their training.
    const { entries } = result as { entries: { models: { training: object; settings: object }[] }[] }
    expect(entries[0]!.models[0]).toMatchObject({
      settings: { secondLayer: 'product', fixedTheta: false },
      training: { puregalaxy: VERSION, seed: 1, dataHash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    })
    const config = read('runs/a/config.json')
    expect(entries[0]!.models[0]!.training).toMatchObject({ recipe: config.recipe, engine: config.engine })
    expect(read('report/results.json')).toEqual(result)
    const files = readdirSync(join(folder, 'report')).map((name) => name.replace(/-[0-9a-f]{12}/, ''))
    const names = ['index.html', 'passes.ndjson', 'results.csv', 'results.json', 'results.tex']
    expect(files.sort()).toEqual(names)
  })

  it('classifies pictures, folders and HDF5 files; what cannot be read is a row, and exit code 3', async () => {
    mkdirSync(join(folder, 'pictures'))
    const [first, second] = readdirSync(join(folder, 'test'))
    for (const name of [first!, second!]) {
      writeFileSync(join(folder, 'pictures', name), readFileSync(join(folder, 'test', name)))
    }
    writeFileSync(join(folder, 'pictures', 'broken.jpg'), 'no picture')
    const inputs = ['pictures/', join('test', first!), 'test.h5']
    const result = await run(
      'classify',
      ...inputs,
      '--model',
      'runs/a/best.safetensors',
      '--out',
      'predictions.csv',
    )
    expect(result.code).toBe(3)
    expect(result.err).toMatch(/refused: pictures\/broken\.jpg/)
    const lines = readFileSync(join(folder, 'predictions.csv'), 'utf8').trimEnd().split('\n')
    expect(lines[0]).toBe(
      `id,ra,dec,${GALAXY10_DECALS.slugs.map((slug) => `p_${slug}`).join(',')},class,confidence,entropy,set,error,model,model_version`,
    )
    expect(lines).toHaveLength(1 + 3 + 1 + 20)
    expect(existsSync(join(folder, 'predictions.csv.partial'))).toBe(false)
  })

  it('classifies to stdout: CSV, NDJSON or one JSON value', async () => {
    const [first] = readdirSync(join(folder, 'test'))
    const args = ['classify', join('test', first!), '--model', 'runs/a/best.safetensors']
    const csv = await run(...args)
    expect(csv.out.split('\n')).toHaveLength(3)
    const ndjson = await run(...args, '--format', 'ndjson')
    const value = await json(...args)
    expect(value.predictions).toEqual([JSON.parse(ndjson.out)])
    const row = JSON.parse(ndjson.out) as Record<string, number>
    const sum = GALAXY10_DECALS.slugs.reduce((total, slug) => total + row[`p_${slug}`]!, 0)
    expect(sum).toBeCloseTo(1, 4)
  })

  it('goes on with a classification that was interrupted, without classifying again', async () => {
    const args = ['classify', 'test', 'train', '--model', 'runs/a/best.safetensors']
    await run(...args, '--out', 'whole.csv')
    const whole = readFileSync(join(folder, 'whole.csv'), 'utf8')
    writeFileSync(join(folder, 'again.csv.partial'), whole.slice(0, 3000))
    expect((await run(...args, '--out', 'again.csv')).err).toMatch(/again\.csv\.partial.*--resume/s)
    expect((await run(...args, '--out', 'again.csv', '--resume')).code).toBe(0)
    const ids = (text: string) => text.split('\n').map((line) => line.split(',')[0])
    expect(ids(readFileSync(join(folder, 'again.csv'), 'utf8'))).toEqual(ids(whole))
  })

  it('lists architectures with their parameters at ten classes', async () => {
    const models = (await json('models')) as unknown as {
      name: string
      parameters: number
      inputSize: number[]
    }[]
    const pure34 = models.find(({ name }) => name === 'pure34')
    expect(pure34).toMatchObject({ parameters: 21_289_818, inputSize: [224, 224, 3] })
    expect(models.find(({ name }) => name === 'pure20')).toMatchObject({ parameters: 272_483 })
    for (const { name, inputSize } of models) expect(inputSize, name).toHaveLength(3)
  })

  it('lists engines with what is missing', async () => {
    const engines = (await json('engine', 'list')) as unknown as { name: string; available: boolean }[]
    expect(engines.map(({ name }) => name).sort()).toEqual(['cpu', 'onnx', 'tensorflow', 'wasm', 'xla'])
    expect(engines).toContainEqual(expect.objectContaining({ name: 'onnx', available: true, reason: null }))
    for (const engine of engines) expect(engine).toMatchObject({ devices: expect.any(Array) })
  })

  it('stops at Ctrl-C with exit code 130 and a run that can be resumed', async () => {
    const args = [
      'train',
      'train.h5',
      '--model',
      'pure20',
      '--epochs',
      '50',
      '--batch-size',
      '16',
      '--val',
      '0',
    ]
    let sent = false
    const result = await runProcess([...args, '--out', 'runs/long'], {
      cwd: folder,
      env,
      onErr: (err, kill) => {
        if (!sent && err.includes('epoch 1/50')) {
          sent = true
          kill('SIGINT')
        }
      },
    })
    expect(result.code).toBe(130)
    expect(result.err).toMatch(/resume runs\/long/)
    expect(statSync(join(folder, 'runs', 'long', 'last.safetensors')).size).toBeGreaterThan(0)
  })

  it('does the whole demo, and again over the first', async () => {
    const args = ['demo', '--out', 'demo/', '--count', '200', '--size', '16', '--epochs', '1']
    await run(...args)
    const summary = await json(...args)
    expect(read('demo/summary.json')).toEqual(summary)
    expect(summary).toMatchObject({
      pure: { accuracy: expect.any(Number) },
      resnet: { accuracy: expect.any(Number) },
      noise: { length: 5 },
      seconds: expect.any(Number),
    })
    for (const path of Object.values(summary.files as Record<string, string>)) {
      expect(existsSync(join(folder, path)), path).toBe(true)
    }
    expect(readFileSync(join(folder, 'demo/predictions.csv'), 'utf8').trimEnd().split('\n')).toHaveLength(21)
  })
})
