/**
 * Binding of the PJRT C API, through which XLA's plugins (CPU, CUDA, ROCm, TPU …) are driven: plugins, clients, devices,
 * executables, buffers, each with an explicit lifetime. It knows PJRT and nothing above it: not how a program came to
 * be, nor which plugin to take. Compiling, (de)serialising, launching, waiting and large uploads take place on other
 * threads. The event loop is blocked while a plugin is loaded, where the plugin itself copies before it returns from the
 * start of a read, while a serialised executable is copied, while objects are destroyed, and when the process ends.
 *
 * Source: `xla/pjrt/c/pjrt_c_api.h` of OpenXLA, API versions 0.57 to 0.115.
 */
export type { PjrtBuffer } from './buffer.ts'
export type { PjrtClient } from './client.ts'
export type { CreateOptions } from './create-options.ts'
export type { MemoryStats, PjrtDevice } from './device.ts'
export type { ElementArray, ElementType } from './element-types.ts'
export type { PjrtExecutable } from './executable.ts'
export { type HandleCounts, liveHandles } from './handles.ts'
export { loadPlugin, type PjrtPlugin } from './plugin.ts'
