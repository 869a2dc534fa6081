/**
 * What a weights file holds: the tensors of a network by name, and in the metadata a JSON text with all that a
 * classifier needs besides: configuration, classes, normalisation, calibration, provenance. Content only; files are
 * read and written by `src/io`. Free of TensorFlow.js, so that a model opens quickly.
 */
import type { HostTensor } from '../engine/types.ts'
import { PureGalaxyError } from '../errors.ts'
import type { Safetensors, SafetensorsTensor } from '../io/safetensors.ts'
import type { ClassScheme } from '../survey/galaxy10.ts'
import { type ModelConfig, resolveModelConfig } from './config.ts'
import { crc32 } from './crc32.ts'
import { fromHalf, toHalf } from './half.ts'
import { describeNetwork } from './network.ts'
import type { Normalisation } from './normalise.ts'
import { type ParameterSpec, parametersOf, statisticsOf } from './parameters.ts'
import { dequantise, quantise } from './quantise.ts'

const FORMAT = 'puregalaxy.model'
/** Raised when a reader of the old layout would misread the new one. */
const FORMAT_VERSION = '1'

/** Tensors so named belong to the training loop (optimiser state); a model file may carry them, a reader skips them. */
export const TRAINING_PREFIX = 'training/'

/** A tensor in 8 bits has its scales, one an output channel, under its own name and this. */
const SCALE_SUFFIX = '.scale'

/** What a weights file says besides the configuration. */
export interface ModelMetadata {
  /** Names and slugs in the order of the logits. */
  readonly classes: ClassScheme
  readonly normalisation: Normalisation
  /** Logits are divided by it before the softmax; above 0, null where it was never fitted. */
  readonly temperature: number | null
  /** Version of these weights, as catalogues cite it. */
  readonly version: string
  /** How they came about: data, epochs, validation figures. Plain JSON. */
  readonly provenance: Readonly<Record<string, unknown>>
}

/** A network with its weights, as a file holds it. */
export interface ModelContent {
  readonly config: ModelConfig
  /** In the order of `Model.parameters`. */
  readonly parameters: readonly HostTensor[]
  /** In the order of `Model.statistics`. */
  readonly statistics: readonly HostTensor[]
  readonly metadata: ModelMetadata
}

export interface EncodeModelOptions {
  /**
   * How kernels, exponents and the classifier's weight are stored; default `float32`. `float16` keeps 11 bits, `int8` 8,
   * with a float32 scale for each output channel. Scales and shifts of normalisations, floors and running statistics,
   * which are few and whose range is wide, stay in float32.
   */
  readonly weights?: 'float32' | 'float16' | 'int8'
}

function specsOf(config: ModelConfig): { parameters: ParameterSpec[]; statistics: ParameterSpec[] } {
  const network = describeNetwork(config)
  return { parameters: parametersOf(network), statistics: statisticsOf(network) }
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((side, axis) => side === b[axis])
}

/** What makes a tensor's values unfit to be that parameter, or undefined. */
function flaw(values: Float32Array, { kind }: ParameterSpec): string | undefined {
  const bad = values.findIndex((value) => !Number.isFinite(value) || (kind === 'variance' && value < 0))
  if (bad < 0) return undefined
  return `value ${bad} is ${values[bad]}, expected a finite number${kind === 'variance' ? ', not negative' : ''}`
}

/**
 * Prepares a model for `encodeSafetensors`.
 *
 * @param content parameters and statistics in the model's order, float32
 * @throws `model.tensors` where a tensor is missing, misshapen or not finite; `model.file` where the metadata is not
 *   right; `model.half-overflow`
 * @example
 * const { tensors, metadata } = encodeModelFile({ config, parameters, statistics, metadata: about })
 * await writeFileAtomic('best.safetensors', encodeSafetensors(tensors, metadata))
 */
export function encodeModelFile(content: ModelContent, options: EncodeModelOptions = {}): Safetensors {
  const config = resolveModelConfig(content.config)
  const { classes, normalisation, temperature, version, provenance } = content.metadata
  const about = { config: writtenConfig(config), classes, normalisation, temperature, version, provenance }
  checkMetadata(about, config, 'The model to be written')

  const tensors = new Map<string, SafetensorsTensor>()
  const store = (what: string, specs: readonly ParameterSpec[], values: readonly HostTensor[]) => {
    if (values.length !== specs.length) {
      throw new PureGalaxyError(
        'model.tensors',
        `There are ${values.length} ${what}; ${config.architecture} has ${specs.length}.`,
      )
    }
    for (const [position, spec] of specs.entries()) {
      const { shape, data } = values[position]!
      const wrong =
        !(data instanceof Float32Array) || !sameShape(shape, spec.shape)
          ? `it has shape [${shape}], expected float32 of shape [${spec.shape}]`
          : flaw(data, spec)
      if (wrong !== undefined) {
        throw new PureGalaxyError('model.tensors', `Tensor ${spec.name} cannot be stored: ${wrong}.`)
      }
      const numbers = data as Float32Array
      const stored = spec.decay ? options.weights : 'float32'
      if (stored === 'int8') {
        const channels = shape.at(-1)!
        const { integers, scales } = quantise(numbers, channels)
        tensors.set(spec.name, { dtype: 'I8', shape, data: integers })
        tensors.set(spec.name + SCALE_SUFFIX, { dtype: 'F32', shape: [channels], data: scales })
      } else if (stored === 'float16') {
        tensors.set(spec.name, { dtype: 'F16', shape, data: toHalf(numbers, spec.name) })
      } else {
        tensors.set(spec.name, { dtype: 'F32', shape, data: numbers })
      }
    }
  }
  const specs = specsOf(config)
  store('parameters', specs.parameters, content.parameters)
  store('statistics', specs.statistics, content.statistics)
  return {
    tensors,
    metadata: {
      format: FORMAT,
      version: FORMAT_VERSION,
      model: JSON.stringify(about),
      checksum: tensorChecksum(specs, tensors)!,
    },
  }
}

/**
 * A configuration as a file holds it: settings that came after the first files stay out where they change nothing, so that
 * those files, read and written again, are the same byte for byte.
 */
function writtenConfig({ secondLayer, fixedTheta, ...config }: ModelConfig): Partial<ModelConfig> {
  return {
    ...config,
    ...(secondLayer === 'product' ? {} : { secondLayer }),
    ...(fixedTheta ? { fixedTheta } : {}),
  }
}

/** Names under which a file holds the model's tensors, in the model's order, scales behind what they scale. */
function storedNames(
  { parameters, statistics }: ReturnType<typeof specsOf>,
  tensors: Safetensors['tensors'],
): string[] {
  return [...parameters, ...statistics].flatMap(({ name }) =>
    tensors.get(name)?.dtype === 'I8' ? [name, name + SCALE_SUFFIX] : [name],
  )
}

/** CRC-32 of the tensors as they are stored, in the model's order, as eight hexadecimal digits; undefined where one is missing. */
function tensorChecksum(
  specs: ReturnType<typeof specsOf>,
  tensors: Safetensors['tensors'],
): string | undefined {
  const stored = storedNames(specs, tensors).map((name) => tensors.get(name)?.data)
  if (!stored.every((data) => data !== undefined)) return undefined
  return crc32(...stored)
    .toString(16)
    .padStart(8, '0')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTriple(value: unknown, test: (item: number) => boolean): boolean {
  return (
    Array.isArray(value) && value.length === 3 && value.every((item) => Number.isFinite(item) && test(item))
  )
}

/** Checks the types and ranges of what a file says of its model. `subject` begins the message. */
function checkMetadata(about: Record<string, unknown>, config: ModelConfig, subject: string): ModelMetadata {
  const refuse = (what: string): never => {
    throw new PureGalaxyError('model.file', `${subject} ${what}.`)
  }
  const { classes, normalisation, temperature, version, provenance } = about
  const isList = (list: unknown) =>
    Array.isArray(list) &&
    list.length === config.classes &&
    list.every((item) => typeof item === 'string' && item !== '') &&
    new Set(list).size === list.length
  if (!isObject(classes) || !isList(classes.names) || !isList(classes.slugs)) {
    refuse(`does not name its ${config.classes} classes, each once, with names and slugs`)
  }
  if (
    !isObject(normalisation) ||
    !isTriple(normalisation.mean, () => true) ||
    !isTriple(normalisation.std, (deviation) => deviation > 0)
  ) {
    refuse('has no normalisation { mean, std } of three finite numbers each, std above 0')
  }
  if (temperature !== null && !(Number.isFinite(temperature) && (temperature as number) > 0)) {
    refuse(`has the temperature ${temperature}; expected a number above 0, or null`)
  }
  if (typeof version !== 'string') refuse('has no version')
  if (!isObject(provenance)) refuse('has no provenance')
  return { classes, normalisation, temperature, version, provenance } as ModelMetadata
}

/**
 * Reads a model out of a decoded safetensors file and checks everything: that it is one of ours and of a layout that
 * is known, that the configuration exists, that each tensor is there, shaped right and finite, and no other, and that
 * their bytes are those that were written.
 *
 * @param name the file's name, for messages
 * @throws `model.foreign` for another program's file, `model.version` for a newer layout, `model.file` for a damaged one
 */
export function decodeModelFile({ tensors, metadata }: Safetensors, name: string): ModelContent {
  const refuse = (what: string, cause?: unknown): never => {
    throw new PureGalaxyError('model.file', `${name} holds a damaged model: ${what}.`, { cause })
  }
  if (metadata.format !== FORMAT) {
    throw new PureGalaxyError(
      'model.foreign',
      `${name} is a safetensors file, but no model of puregalaxy: its metadata lacks "format": "${FORMAT}". ` +
        'Name a file that `puregalaxy train` wrote, such as best.safetensors of a run folder.',
    )
  }
  if (metadata.version !== FORMAT_VERSION) {
    throw new PureGalaxyError(
      'model.version',
      `${name} has the layout ${metadata.version}, this puregalaxy reads ${FORMAT_VERSION}. Use the release that wrote it, or a newer one.`,
    )
  }
  let about: unknown
  try {
    about = JSON.parse(metadata.model ?? '')
  } catch (cause) {
    return refuse('its metadata "model" is no JSON', cause)
  }
  if (!isObject(about) || !isObject(about.config) || typeof about.config.architecture !== 'string') {
    return refuse('its metadata names no architecture')
  }
  let config: ModelConfig
  try {
    config = resolveModelConfig(about.config as Partial<ModelConfig> & { architecture: string })
  } catch (cause) {
    return refuse(cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause), cause)
  }
  const checked = checkMetadata(about, config, `${name} holds a damaged model: it`)

  const find = (name: string, shape: readonly number[]): SafetensorsTensor => {
    const tensor = tensors.get(name)
    if (!tensor) return refuse(`tensor ${name} is missing`)
    if (!sameShape(tensor.shape, shape)) {
      return refuse(`tensor ${name} has shape [${tensor.shape}], expected [${shape}]`)
    }
    return tensor
  }
  const loadScales = (name: string, channels: number): Float32Array => {
    const { dtype, data } = find(name, [channels])
    if (dtype !== 'F32') return refuse(`tensor ${name} is ${dtype}, expected F32`)
    const bad = data.findIndex((scale) => !(Number.isFinite(scale) && scale > 0))
    if (bad >= 0) refuse(`in tensor ${name}, value ${bad} is ${data[bad]}, expected a finite number above 0`)
    return data
  }
  const loadValues = ({ name, shape, decay }: ParameterSpec): Float32Array => {
    const { dtype, data } = find(name, shape)
    if (dtype === 'F32') return data
    if (dtype === 'F16') return fromHalf(data)
    if (dtype === 'I8' && decay) {
      return dequantise({ integers: data, scales: loadScales(name + SCALE_SUFFIX, shape.at(-1)!) })
    }
    return refuse(`tensor ${name} is ${dtype}, expected F32${decay ? ', F16 or I8' : ' or F16'}`)
  }
  const load = (spec: ParameterSpec): HostTensor => {
    const data = loadValues(spec)
    const wrong = flaw(data, spec)
    if (wrong !== undefined) return refuse(`in tensor ${spec.name}, ${wrong}`)
    return { shape: spec.shape, dtype: 'float32', data }
  }
  const specs = specsOf(config)
  const known = new Set(storedNames(specs, tensors))
  for (const key of tensors.keys()) {
    if (!known.has(key) && !key.startsWith(TRAINING_PREFIX)) {
      refuse(`it has a tensor ${JSON.stringify(key)}, which ${config.architecture} lacks`)
    }
  }
  const content = {
    config,
    parameters: specs.parameters.map(load),
    statistics: specs.statistics.map(load),
    metadata: checked,
  }
  const found = tensorChecksum(specs, tensors)
  if (metadata.checksum !== found) {
    refuse(
      `its tensors have the checksum ${found}, and ${metadata.checksum ?? 'none'} is noted: copy the file again`,
    )
  }
  return content
}
