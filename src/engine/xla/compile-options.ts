import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** Field numbers of CompileOptionsProto and what is in it (`xla/pjrt/proto/compile_options.proto`). */
const FIELD = {
  executableBuildOptions: 3,
  overrides: 7,
  build: { numReplicas: 4, numPartitions: 5, useSpmdPartitioning: 6 },
  entry: { key: 1, value: 2 },
  override: { text: 1 },
} as const

export interface CompileOptionsMessage {
  /** Devices that a program is divided over by XLA's partitioner; default 1. */
  readonly devices?: number
  /** Options of XLA by name, for this program alone: what the variable XLA_FLAGS sets for all. */
  readonly overrides?: Readonly<Record<string, string>>
}

/** CompileOptionsProto, serialised. */
export function encodeCompileOptions({
  devices = 1,
  overrides = {},
}: CompileOptionsMessage = {}): Uint8Array {
  const writer = new BinaryWriter()
  const { build, entry, override } = FIELD
  writer.tag(FIELD.executableBuildOptions, WireType.LengthDelimited).fork()
  writer.tag(build.numReplicas, WireType.Varint).int64(1)
  writer.tag(build.numPartitions, WireType.Varint).int64(devices)
  if (devices > 1) writer.tag(build.useSpmdPartitioning, WireType.Varint).bool(true)
  writer.join()
  for (const [name, value] of Object.entries(overrides)) {
    writer.tag(FIELD.overrides, WireType.LengthDelimited).fork()
    writer.tag(entry.key, WireType.LengthDelimited).string(name)
    writer.tag(entry.value, WireType.LengthDelimited).fork()
    writer.tag(override.text, WireType.LengthDelimited).string(value)
    writer.join()
    writer.join()
  }
  return writer.finish()
}
