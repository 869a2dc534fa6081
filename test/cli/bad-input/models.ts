import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeSafetensors } from '../../../src/io/safetensors.ts'
import { type BadInput, modelFile } from './bad-input.ts'

const FILE = 'm.safetensors'

/** A model file that `evaluate` refuses before it looks at the data. */
const model = (name: string, content: () => string | Uint8Array, says: RegExp): BadInput => ({
  name: `model: ${name}`,
  prepare: (folder) => writeFileSync(join(folder, FILE), content()),
  args: ['evaluate', FILE, 'good/data.h5', '--engine', 'cpu'],
  says,
})

const header = (text: string): Buffer => {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)))
  return Buffer.concat([length, Buffer.from(text)])
}

const changed = (change: Parameters<typeof modelFile>[1]) => () => modelFile(undefined, change)

export const BAD_MODELS: readonly BadInput[] = [
  model('empty', () => '', /m\.safetensors.*0 bytes/),
  model('text', () => 'this is no model at all', /m\.safetensors.*(header|format)/),
  model('cut in half', () => modelFile().subarray(0, 50_000), /m\.safetensors.*(end|bytes)/),
  model(
    'bytes after its end',
    () => Buffer.concat([modelFile(), Buffer.alloc(8)]),
    /m\.safetensors.*8 bytes/,
  ),
  model('a header that is no JSON', () => header('{"a": '), /m\.safetensors.*JSON/),
  model('a header of 2^63 bytes', () => Buffer.from([0, 0, 0, 0, 0, 0, 0, 128, 1]), /m\.safetensors.*header/),
  model(
    'another program’s weights',
    () => encodeSafetensors(new Map([['w', { dtype: 'F32', shape: [1], data: new Float32Array(1) }]])),
    /m\.safetensors.*no model of puregalaxy/,
  ),
  model(
    'a layout of the future',
    changed((content) => Object.assign(content.metadata, { version: '99' })),
    /m\.safetensors.*99/,
  ),
  model(
    'metadata that is no JSON',
    changed((content) => Object.assign(content.metadata, { model: '{' })),
    /m\.safetensors.*JSON/,
  ),
  model(
    'an architecture that does not exist',
    changed(({ metadata }) =>
      Object.assign(metadata, { model: metadata.model!.replace('pure20', 'pure21') }),
    ),
    /m\.safetensors.*pure21/,
  ),
  model(
    'weights that are not finite',
    changed(({ tensors }) => [...tensors.values()][0]!.data.fill(Number.NaN as never)),
    /m\.safetensors.*NaN/,
  ),
  model(
    'a tensor missing',
    changed(({ tensors }) => (tensors as Map<string, unknown>).delete([...tensors.keys()][0]!)),
    /m\.safetensors.*missing/,
  ),
  {
    name: 'model: a folder by that name',
    prepare: (folder) => mkdirSync(join(folder, FILE)),
    args: ['evaluate', FILE, 'good/data.h5'],
    says: /The folder m\.safetensors holds no best\.safetensors/,
  },
  {
    name: 'model: neither a file nor a shipped name',
    args: ['classify', 'good/pictures', '--model', 'smal', '--out', 'out.csv'],
    says: /smal.*shipped/,
  },
  {
    name: 'model: a pair of different input sizes',
    args: [
      'robustness',
      'good/model.safetensors',
      'good/data.h5',
      '--against',
      'good/larger.safetensors',
      '--engine',
      'cpu',
    ],
    says: /larger\.safetensors.*same pictures/,
  },
  {
    name: 'model: a pair of different input sizes, before the data are looked at',
    args: ['robustness', 'good/model.safetensors', 'none.h5', '--against', 'good/larger.safetensors'],
    says: /larger\.safetensors.*same pictures/,
  },
  {
    name: 'model: the same run counted twice',
    args: ['robustness', 'good/model.safetensors,./good/model.safetensors', 'none.h5'],
    says: /good\/model\.safetensors and \.\/good\/model\.safetensors hold the same weights/,
  },
  {
    name: 'model: pictures without an exact label, under noise',
    args: ['robustness', 'good/model.safetensors', 'good/partial.h5', '--engine', 'cpu'],
    says: /partial\.h5.*exact label/,
  },
]
