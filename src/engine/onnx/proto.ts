import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { GraphType } from '../graph/types.ts'

/**
 * Writes the few messages of ONNX's protobuf schema that a lowered graph needs (onnx.proto, IR version 8). Field
 * numbers are the schema's.
 */
export interface OnnxNode {
  readonly type: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, number | readonly number[] | string>>
  readonly domain: string
}

export interface OnnxTensor {
  readonly name: string
  readonly dtype: GraphType | 'int64'
  readonly shape: readonly number[]
  readonly data: Uint8Array
}

export interface OnnxValue {
  readonly name: string
  readonly dtype: GraphType
  readonly shape: readonly number[]
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
}

const DATA_TYPE = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 } as const
const ATTRIBUTE = { FLOAT: 1, INT: 2, STRING: 3, INTS: 7 } as const

/** Number of an element type in ONNX, for Cast. */
export const onnxType = (dtype: GraphType): number => DATA_TYPE[dtype]

/** Operator sets that a lowered graph draws on. */
export const OPSETS = { '': 17, 'com.microsoft.nchwc': 1 } as const

type Write = (writer: BinaryWriter) => void

const message = (writer: BinaryWriter, field: number, write: Write): void => {
  writer.tag(field, WireType.LengthDelimited).fork()
  write(writer)
  writer.join()
}
const text = (writer: BinaryWriter, field: number, value: string): void => {
  writer.tag(field, WireType.LengthDelimited).string(value)
}
const integer = (writer: BinaryWriter, field: number, value: number): void => {
  writer.tag(field, WireType.Varint).int64(value)
}

function attribute(name: string, value: number | readonly number[] | string): Write {
  return (writer) => {
    text(writer, 1, name)
    if (typeof value === 'string') {
      text(writer, 4, value)
      integer(writer, 20, ATTRIBUTE.STRING)
    } else if (typeof value === 'number') {
      integer(writer, 3, value)
      integer(writer, 20, ATTRIBUTE.INT)
    } else {
      for (const entry of value) integer(writer, 8, entry)
      integer(writer, 20, ATTRIBUTE.INTS)
    }
  }
}

const nodeMessage =
  (node: OnnxNode): Write =>
  (writer) => {
    for (const name of node.inputs) text(writer, 1, name)
    for (const name of node.outputs) text(writer, 2, name)
    text(writer, 4, node.type)
    for (const [name, value] of Object.entries(node.attributes)) message(writer, 5, attribute(name, value))
    if (node.domain) text(writer, 7, node.domain)
  }

const tensorMessage =
  (tensor: OnnxTensor): Write =>
  (writer) => {
    for (const length of tensor.shape) integer(writer, 1, length)
    integer(writer, 2, DATA_TYPE[tensor.dtype])
    text(writer, 8, tensor.name)
    writer.tag(9, WireType.LengthDelimited).bytes(tensor.data)
  }

const valueMessage =
  (value: OnnxValue): Write =>
  (writer) => {
    text(writer, 1, value.name)
    message(writer, 2, (type) =>
      message(type, 1, (tensor) => {
        integer(tensor, 1, DATA_TYPE[value.dtype])
        message(tensor, 2, (shape) => {
          for (const length of value.shape) message(shape, 1, (dimension) => integer(dimension, 1, length))
        })
      }),
    )
  }

/** A complete ONNX model as bytes. */
export function encodeModel(graph: OnnxGraph): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter()
  integer(writer, 1, 8)
  text(writer, 2, 'puregalaxy')
  message(writer, 7, (body) => {
    for (const node of graph.nodes) message(body, 1, nodeMessage(node))
    text(body, 2, 'puregalaxy')
    for (const tensor of graph.initializers) message(body, 5, tensorMessage(tensor))
    for (const value of graph.inputs) message(body, 11, valueMessage(value))
    for (const value of graph.outputs) message(body, 12, valueMessage(value))
  })
  for (const [domain, version] of Object.entries(OPSETS)) {
    message(writer, 8, (opset) => {
      text(opset, 1, domain)
      integer(opset, 2, version)
    })
  }
  return writer.finish()
}
