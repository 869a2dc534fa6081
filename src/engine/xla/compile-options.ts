import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** Settings of one compilation. */
export interface XlaCompileOptions {
  /** Copies of the program, one per device, that run at once; default 1. */
  readonly replicas?: number
}

/** Field numbers of CompileOptionsProto and ExecutableBuildOptionsProto (`xla/pjrt/proto/compile_options.proto`). */
const FIELD = { executableBuildOptions: 3, numReplicas: 4, numPartitions: 5 } as const

/** CompileOptionsProto, serialised. */
export function encodeCompileOptions({ replicas = 1 }: XlaCompileOptions = {}): Uint8Array {
  const writer = new BinaryWriter()
  writer.tag(FIELD.executableBuildOptions, WireType.LengthDelimited).fork()
  writer.tag(FIELD.numReplicas, WireType.Varint).int64(replicas)
  writer.tag(FIELD.numPartitions, WireType.Varint).int64(1)
  writer.join()
  return writer.finish()
}
