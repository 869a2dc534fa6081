import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  decodeSafetensors,
  encodeSafetensors,
  type Safetensors,
  type SafetensorsTensor,
} from '../../src/io/index.ts'
import {
  createModel,
  decodeModelFile,
  encodeModelFile,
  type ModelConfig,
  type ModelContent,
  TRAINING_PREFIX,
} from '../../src/model/index.ts'
import { GALAXY10_DECALS } from '../../src/survey/index.ts'
import { relativeDifference } from './tensors.ts'

const model = createModel({ architecture: 'pure20', inputSize: [64, 64, 3], width: 0.5, exponentClip: 20 })
const content: ModelContent = {
  config: model.config,
  ...model.initialise(1),
  metadata: {
    classes: GALAXY10_DECALS,
    normalisation: { mean: [0.1, 0.2, 0.3], std: [0.2, 0.3, 0.4] },
    temperature: 1.25,
    version: '1.0.0',
    provenance: { data: 'galaxies.h5', epochs: 5, accuracy: null },
  },
}
const encoded = encodeModelFile(content)
const inInt8 = encodeModelFile(content, { weights: 'int8' })
/** A tensor that is stored in 8 bits. */
const kernel = 'stem.convolution.kernel'
const roundTrip = (file: Safetensors) =>
  decodeModelFile(decodeSafetensors(encodeSafetensors(file.tensors, file.metadata), 'a'), 'a')

/** The file with the JSON of its model changed. */
function withModel(change: (about: Record<string, unknown>) => void): Safetensors {
  const about = JSON.parse(encoded.metadata.model!) as Record<string, unknown>
  change(about)
  return { ...encoded, metadata: { ...encoded.metadata, model: JSON.stringify(about) } }
}

/** The file with one tensor changed, or removed. */
function withTensor(
  name: string,
  tensor: SafetensorsTensor | undefined,
  file: Safetensors = encoded,
): Safetensors {
  const tensors = new Map(file.tensors)
  if (tensor) tensors.set(name, tensor)
  else tensors.delete(name)
  return { ...file, tensors }
}

describe('a model file', () => {
  it('returns configuration, weights and metadata as they were', () => {
    expect(roundTrip(encoded)).toEqual(content)
  })

  it('is refused when a bit of its tensors has turned', () => {
    const bytes = encodeSafetensors(encoded.tensors, encoded.metadata)
    bytes[bytes.length - 1000]! ^= 1
    expect(() => decodeModelFile(decodeSafetensors(bytes, 'a'), 'a')).toThrow(/checksum/)
  })

  it('in half precision keeps kernels to 11 bits, and scales, floors and statistics in full', () => {
    const half = encodeModelFile(content, { weights: 'float16' })
    for (const { name, decay } of [...model.parameters, ...model.statistics]) {
      expect(half.tensors.get(name)!.dtype).toBe(decay ? 'F16' : 'F32')
    }
    const decoded = roundTrip(half)
    for (const [position, { data }] of decoded.parameters.entries()) {
      const original = content.parameters[position]!.data
      if (original.some((value) => value !== 0))
        expect(relativeDifference(data, original)).toBeLessThan(2 ** -11)
    }
    expect(decoded.statistics).toEqual(content.statistics)
  })

  it('in 8 bits keeps kernels to half a scale of each output channel, and scales, floors and statistics in full', () => {
    const specs = [...model.parameters, ...model.statistics]
    for (const { name, decay, shape } of specs) {
      expect(inInt8.tensors.get(name)!.dtype).toBe(decay ? 'I8' : 'F32')
      expect(inInt8.tensors.get(`${name}.scale`)?.shape).toEqual(decay ? shape.slice(-1) : undefined)
    }
    const decoded = roundTrip(inInt8)
    for (const [position, { name, shape, decay }] of model.parameters.entries()) {
      const original = content.parameters[position]!
      if (!decay) expect(decoded.parameters[position]).toEqual(original)
      else {
        const channels = shape.at(-1)!
        const largest = new Float32Array(channels)
        for (const [index, value] of original.data.entries())
          largest[index % channels] = Math.max(largest[index % channels]!, Math.abs(value))
        for (const [index, value] of decoded.parameters[position]!.data.entries()) {
          const error = Math.abs(value - original.data[index]!)
          expect(error, name).toBeLessThanOrEqual((largest[index % channels]! / 254) * 1.0001)
        }
      }
    }
    expect({ ...decoded, parameters: content.parameters }).toEqual(content)
  })

  it('in 8 bits is refused when a bit of its numbers or of its scales has turned', () => {
    for (const name of [kernel, `${kernel}.scale`]) {
      const { dtype, shape, data } = inInt8.tensors.get(name)!
      const turned = data.slice() as Int8Array | Float32Array
      new Uint8Array(turned.buffer)[0]! ^= 1
      const file = withTensor(name, { dtype, shape, data: turned } as SafetensorsTensor, inInt8)
      expect(() => decodeModelFile(file, 'a')).toThrow(/checksum/)
    }
  })

  it('of PURe20 in half precision is smaller than 0.75 MB', () => {
    const whole = createModel({ architecture: 'pure20' })
    const { tensors, metadata } = encodeModelFile(
      { ...content, config: whole.config, ...whole.initialise(1) },
      { weights: 'float16' },
    )
    expect(encodeSafetensors(tensors, metadata).length).toBeLessThan(600_000)
  })

  it.each([
    { secondLayer: 'floor' },
    { secondLayer: 'floor', fixedTheta: true },
    { secondLayer: 'convolution-relu' },
    { fixedTheta: true },
  ] satisfies Partial<ModelConfig>[])('returns a network with %j as it was', (ablation) => {
    const ablated = createModel({ ...model.config, ...ablation })
    const whole = { ...content, config: ablated.config, ...ablated.initialise(1) }
    expect(roundTrip(encodeModelFile(whole))).toEqual(whole)
    expect(JSON.parse(encodeModelFile(whole).metadata.model!).config).toMatchObject(ablation)
  })

  it('says nothing of ablations that there are none of, so that the shipped file stays the same, byte for byte', () => {
    expect(Object.keys(JSON.parse(encoded.metadata.model!).config)).toEqual([
      'architecture',
      'classes',
      'inputSize',
      'width',
      'stem',
      'shortcut',
      'finalReLU',
      'initialisation',
      'exponentClip',
    ])
    const shipped = readFileSync('weights/small.safetensors')
    const { tensors, metadata } = encodeModelFile(
      decodeModelFile(decodeSafetensors(shipped, 'small'), 'small'),
      { weights: 'float16' },
    )
    expect(Buffer.from(encodeSafetensors(tensors, metadata)).equals(shipped)).toBe(true)
  })

  it('of another second layer is not read as one of product units', () => {
    const ablated = createModel({ ...model.config, secondLayer: 'floor' })
    const file = encodeModelFile({ ...content, config: ablated.config, ...ablated.initialise(1) })
    const about = JSON.parse(file.metadata.model!) as { config: object }
    const config = { ...about.config, secondLayer: undefined }
    const older = { ...file, metadata: { ...file.metadata, model: JSON.stringify({ ...about, config }) } }
    expect(() => decodeModelFile(older, 'a')).toThrow(/second\.floor\.theta", which pure20 lacks/)
  })

  it('may carry the training loop’s tensors', () => {
    const extra: SafetensorsTensor = { dtype: 'F32', shape: [1], data: Float32Array.of(1) }
    expect(decodeModelFile(withTensor(`${TRAINING_PREFIX}momentum`, extra), 'a')).toEqual(content)
  })

  const beta = 'stem.norm.beta'
  const vector = (length: number, value: number): SafetensorsTensor => ({
    dtype: 'F32',
    shape: [length],
    data: new Float32Array(length).fill(value),
  })
  type Case = [what: string, file: Safetensors, code: string, message: RegExp]
  const cases: Case[] = [
    [
      'without our format',
      { ...encoded, metadata: { format: 'pt' } },
      'model.foreign',
      /no model of puregalaxy/,
    ],
    ['without metadata', { ...encoded, metadata: {} }, 'model.foreign', /puregalaxy train/],
    [
      'of a later layout',
      { ...encoded, metadata: { ...encoded.metadata, version: '2' } },
      'model.version',
      /layout 2/,
    ],
    ['with no JSON', { ...encoded, metadata: { ...encoded.metadata, model: '{' } }, 'model.file', /no JSON/],
    [
      'with JSON null',
      { ...encoded, metadata: { ...encoded.metadata, model: 'null' } },
      'model.file',
      /architecture/,
    ],
    [
      'of an unknown architecture',
      withModel((about) => Object.assign(about.config as object, { architecture: 'vgg16' })),
      'model.file',
      /vgg16/,
    ],
    [
      'with a stray width',
      withModel((about) => Object.assign(about.config as object, { width: 'wide' })),
      'model.file',
      /width is wide/,
    ],
    [
      'with a stray input size',
      withModel((about) => Object.assign(about.config as object, { inputSize: 64 })),
      'model.file',
      /inputSize is 64/,
    ],
    [
      'with too few class names',
      withModel((about) => Object.assign(about.classes as object, { names: ['a'] })),
      'model.file',
      /10 classes/,
    ],
    [
      'with a slug twice',
      withModel((about) => Object.assign(about.classes as object, { slugs: Array(10).fill('a') })),
      'model.file',
      /10 classes/,
    ],
    [
      'with a deviation of 0',
      withModel((about) => Object.assign(about.normalisation as object, { std: [1, 0, 1] })),
      'model.file',
      /std above 0/,
    ],
    [
      'with a temperature of 0',
      withModel((about) => Object.assign(about, { temperature: 0 })),
      'model.file',
      /temperature 0/,
    ],
    ['without provenance', withModel((about) => delete about.provenance), 'model.file', /no provenance/],
    ['with a tensor missing', withTensor(beta, undefined), 'model.file', /stem\.norm\.beta is missing/],
    ['with a tensor misshapen', withTensor(beta, vector(9, 0)), 'model.file', /shape \[9\], expected \[8\]/],
    [
      'with a tensor too many',
      withTensor('fc.weight', vector(1, 0)),
      'model.file',
      /"fc\.weight", which pure20 lacks/,
    ],
    [
      'with integers',
      withTensor(beta, { dtype: 'I32', shape: [8], data: new Int32Array(8) }),
      'model.file',
      /is I32/,
    ],
    [
      'with a normalisation in 8 bits',
      withTensor(beta, { dtype: 'I8', shape: [8], data: new Int8Array(8) }),
      'model.file',
      /beta is I8, expected F32 or F16/,
    ],
    [
      'in 8 bits without a scale',
      withTensor(`${kernel}.scale`, undefined, inInt8),
      'model.file',
      /stem\.convolution\.kernel\.scale is missing/,
    ],
    [
      'in 8 bits with a scale too few',
      withTensor(`${kernel}.scale`, vector(7, 1), inInt8),
      'model.file',
      /kernel\.scale has shape \[7\], expected \[8\]/,
    ],
    [
      'in 8 bits with scales of another type',
      withTensor(`${kernel}.scale`, { dtype: 'F16', shape: [8], data: new Uint16Array(8) }, inInt8),
      'model.file',
      /kernel\.scale is F16, expected F32/,
    ],
    ...[0, -1, Number.NaN, Number.POSITIVE_INFINITY].map(
      (scale): Case => [
        `in 8 bits with the scale ${scale}`,
        withTensor(`${kernel}.scale`, vector(8, scale), inInt8),
        'model.file',
        /kernel\.scale, value 0 is .*, expected a finite number above 0/,
      ],
    ),
    [
      'with a scale for what is not in 8 bits',
      withTensor(`${kernel}.scale`, vector(8, 1)),
      'model.file',
      /"stem\.convolution\.kernel\.scale", which pure20 lacks/,
    ],
    ['with NaN', withTensor(beta, vector(8, Number.NaN)), 'model.file', /value 0 is NaN/],
    [
      'with an infinite half',
      withTensor(beta, { dtype: 'F16', shape: [8], data: new Uint16Array(8).fill(0x7c00) }),
      'model.file',
      /value 0 is Infinity/,
    ],
    [
      'with a negative variance',
      withTensor('stem.norm.variance', vector(8, -1)),
      'model.file',
      /not negative/,
    ],
  ]
  it.each(cases)('%s is refused', (_, file, code, message) => {
    expect(() => decodeModelFile(file, 'runs/a/best.safetensors')).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
    expect(() => decodeModelFile(file, 'runs/a/best.safetensors')).toThrow(/runs\/a\/best\.safetensors/)
  })

  it('is not written with weights that are missing, misshapen or not finite', () => {
    const [first, ...rest] = content.parameters
    const spoilt = { ...first!, data: new Float32Array(first!.data.length).fill(Number.NaN) }
    expect(() => encodeModelFile({ ...content, parameters: rest })).toThrow(/parameters; pure20 has 74/)
    expect(() => encodeModelFile({ ...content, parameters: [{ ...first!, shape: [1] }, ...rest] })).toThrow(
      /shape \[1\]/,
    )
    expect(() => encodeModelFile({ ...content, parameters: [spoilt, ...rest] })).toThrow(/value 0 is NaN/)
  })
})
