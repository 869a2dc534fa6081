import { addressOf, type Pointer } from './native.ts'

/**
 * The functions of PJRT_Api in their order in `pjrt_c_api.h`, as far as they are needed. The order is part of the
 * interface within a major version: new functions come at the end.
 */
export const FUNCTIONS = [
  ...['Error_Destroy', 'Error_Message', 'Error_GetCode'],
  ...['Plugin_Initialize', 'Plugin_Attributes'],
  ...['Event_Destroy', 'Event_IsReady', 'Event_Error', 'Event_Await', 'Event_OnReady'],
  ...[
    'Client_Create',
    'Client_Destroy',
    'Client_PlatformName',
    'Client_ProcessIndex',
    'Client_PlatformVersion',
  ],
  ...['Client_Devices', 'Client_AddressableDevices', 'Client_LookupDevice', 'Client_LookupAddressableDevice'],
  ...['Client_AddressableMemories', 'Client_Compile', 'Client_DefaultDeviceAssignment'],
  ...['Client_BufferFromHostBuffer'],
  ...['DeviceDescription_Id', 'DeviceDescription_ProcessIndex', 'DeviceDescription_Attributes'],
  ...['DeviceDescription_Kind', 'DeviceDescription_DebugString', 'DeviceDescription_ToString'],
  ...[
    'Device_GetDescription',
    'Device_IsAddressable',
    'Device_LocalHardwareId',
    'Device_AddressableMemories',
  ],
  ...['Device_DefaultMemory', 'Device_MemoryStats'],
  ...['Memory_Id', 'Memory_Kind', 'Memory_DebugString', 'Memory_ToString', 'Memory_AddressableByDevices'],
  ...['Executable_Destroy', 'Executable_Name', 'Executable_NumReplicas', 'Executable_NumPartitions'],
  ...['Executable_NumOutputs', 'Executable_SizeOfGeneratedCodeInBytes', 'Executable_GetCostAnalysis'],
  ...['Executable_OutputMemoryKinds', 'Executable_OptimizedProgram', 'Executable_Serialize'],
  ...['LoadedExecutable_Destroy', 'LoadedExecutable_GetExecutable', 'LoadedExecutable_AddressableDevices'],
  ...['LoadedExecutable_Delete', 'LoadedExecutable_IsDeleted', 'LoadedExecutable_Execute'],
  ...['Executable_DeserializeAndLoad', 'LoadedExecutable_Fingerprint'],
  ...['Buffer_Destroy', 'Buffer_ElementType', 'Buffer_Dimensions', 'Buffer_UnpaddedDimensions'],
  ...['Buffer_DynamicDimensionIndices', 'Buffer_GetMemoryLayout', 'Buffer_OnDeviceSizeInBytes'],
  ...['Buffer_Device', 'Buffer_Memory', 'Buffer_Delete', 'Buffer_IsDeleted', 'Buffer_CopyToDevice'],
  ...['Buffer_ToHostBuffer'],
]

/**
 * Fields of each function's arguments, after `struct_size` and `extension_start`. Every field takes eight bytes: those
 * that are smaller (`int`, `bool`) are followed by one that is aligned to eight, or by the end.
 */
export const ARGUMENTS = {
  Error_Destroy: ['error'],
  Error_Message: ['error', 'message', 'message_size'],
  Error_GetCode: ['error', 'code'],
  Plugin_Initialize: [],
  Event_Destroy: ['event'],
  Event_IsReady: ['event', 'is_ready'],
  Event_Await: ['event'],
  Client_Create: [
    ...(['create_options', 'num_options', 'kv_get_callback', 'kv_get_user_arg', 'kv_put_callback'] as const),
    ...(['kv_put_user_arg', 'client', 'kv_try_get_callback', 'kv_try_get_user_arg'] as const),
  ],
  Client_Destroy: ['client'],
  Client_PlatformName: ['client', 'platform_name', 'platform_name_size'],
  Client_PlatformVersion: ['client', 'platform_version', 'platform_version_size'],
  Client_AddressableDevices: ['client', 'addressable_devices', 'num_addressable_devices'],
  Client_Compile: ['client', 'program', 'compile_options', 'compile_options_size', 'executable'],
  Client_BufferFromHostBuffer: [
    ...(['client', 'data', 'type', 'dims', 'num_dims', 'byte_strides', 'num_byte_strides'] as const),
    ...(['host_buffer_semantics', 'device', 'memory', 'device_layout', 'done_with_host_buffer'] as const),
    'buffer',
  ],
  DeviceDescription_Id: ['device_description', 'id'],
  DeviceDescription_Kind: ['device_description', 'device_kind', 'device_kind_size'],
  Device_GetDescription: ['device', 'device_description'],
  Device_MemoryStats: [
    ...(['device', 'bytes_in_use', 'peak_bytes_in_use', 'peak_bytes_in_use_is_set'] as const),
    ...(['num_allocs', 'num_allocs_is_set', 'largest_alloc_size', 'largest_alloc_size_is_set'] as const),
    ...(['bytes_limit', 'bytes_limit_is_set', 'bytes_reserved', 'bytes_reserved_is_set'] as const),
    ...(['peak_bytes_reserved', 'peak_bytes_reserved_is_set', 'bytes_reservable_limit'] as const),
    ...(['bytes_reservable_limit_is_set', 'largest_free_block_bytes'] as const),
    ...(['largest_free_block_bytes_is_set', 'pool_bytes', 'pool_bytes_is_set', 'peak_pool_bytes'] as const),
    'peak_pool_bytes_is_set',
  ],
  Executable_Destroy: ['executable'],
  Executable_NumOutputs: ['executable', 'num_outputs'],
  Executable_Serialize: [
    ...(['executable', 'serialized_bytes', 'serialized_bytes_size', 'serialized_executable'] as const),
    'serialized_executable_deleter',
  ],
  LoadedExecutable_Destroy: ['executable'],
  LoadedExecutable_GetExecutable: ['loaded_executable', 'executable'],
  LoadedExecutable_AddressableDevices: ['executable', 'addressable_devices', 'num_addressable_devices'],
  LoadedExecutable_Execute: [
    ...(['executable', 'options', 'argument_lists', 'num_devices', 'num_args', 'output_lists'] as const),
    ...(['device_complete_events', 'execute_device'] as const),
  ],
  Executable_DeserializeAndLoad: [
    ...(['client', 'serialized_executable', 'serialized_executable_size', 'loaded_executable'] as const),
    ...(['overridden_serialized_compile_options', 'overridden_serialized_compile_options_size'] as const),
  ],
  Buffer_Destroy: ['buffer'],
  Buffer_ElementType: ['buffer', 'type'],
  Buffer_Dimensions: ['buffer', 'dims', 'num_dims'],
  Buffer_ToHostBuffer: ['src', 'host_layout', 'dst', 'dst_size', 'event'],
} as const

/** Structures that arguments point to, in the same form. */
export const PROGRAM = ['code', 'code_size', 'format', 'format_size'] as const
export const NAMED_VALUE = ['name', 'name_size', 'type', 'value', 'value_size'] as const
export const EXECUTE_OPTIONS = [
  ...(['send_callbacks', 'recv_callbacks', 'num_send_ops', 'num_recv_ops', 'launch_id'] as const),
  ...([
    'non_donatable_input_indices',
    'num_non_donatable_input_indices',
    'context',
    'call_location',
  ] as const),
  ...(['num_tasks', 'task_ids', 'incarnation_ids', 'multi_slice_config'] as const),
] as const
export const TILED_LAYOUT = [
  ...(['tiled_struct_size', 'tiled_extension_start', 'minor_to_major', 'minor_to_major_size'] as const),
  ...(['tile_dims', 'tile_dim_sizes', 'num_tiles', 'type'] as const),
] as const

/** What a field is set to: a number, an address, or memory whose address is meant (kept by the caller until used). */
export type FieldValue = Pointer | number | ArrayBufferView

/** Fields begin after `struct_size` and `extension_start`. */
const HEADER = 16

/** A structure in memory. Fields without a value are 0, which PJRT reads as absent. */
export function writeStructure<F extends string>(
  fields: readonly F[],
  values: Readonly<Partial<Record<NoInfer<F>, FieldValue>>>,
): Uint8Array {
  const memory = new Uint8Array(HEADER + 8 * fields.length)
  const view = new DataView(memory.buffer)
  view.setBigUint64(0, BigInt(memory.length), true)
  fields.forEach((field, at) => {
    const value = values[field]
    if (value !== undefined) view.setBigUint64(HEADER + 8 * at, wordOf(value), true)
  })
  return memory
}

/** The 64 bits of a field. */
export function readField<F extends string>(
  memory: Uint8Array,
  fields: readonly F[],
  field: NoInfer<F>,
): bigint {
  return new DataView(memory.buffer).getBigUint64(HEADER + 8 * fields.indexOf(field), true)
}

/** Addresses one behind the other, as C's arrays of pointers. */
export const writePointers = (values: readonly FieldValue[]): BigUint64Array =>
  BigUint64Array.from(values, wordOf)

function wordOf(value: FieldValue): bigint {
  if (typeof value === 'bigint') return value
  return typeof value === 'number' ? BigInt(value) : addressOf(value)
}
