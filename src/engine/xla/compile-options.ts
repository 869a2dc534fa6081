import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** Field numbers of CompileOptionsProto and ExecutableBuildOptionsProto (`xla/pjrt/proto/compile_options.proto`). */
const FIELD = { executableBuildOptions: 3, numReplicas: 4, numPartitions: 5, useSpmdPartitioning: 6 } as const

/**
 * CompileOptionsProto, serialised.
 * @param devices that a program is divided over by XLA's partitioner
 */
export function encodeCompileOptions(devices = 1): Uint8Array {
  const writer = new BinaryWriter()
  writer.tag(FIELD.executableBuildOptions, WireType.LengthDelimited).fork()
  writer.tag(FIELD.numReplicas, WireType.Varint).int64(1)
  writer.tag(FIELD.numPartitions, WireType.Varint).int64(devices)
  if (devices > 1) writer.tag(FIELD.useSpmdPartitioning, WireType.Varint).bool(true)
  writer.join()
  return writer.finish()
}
