/**
 * Where a function of tensors runs. A model and its training step are written once, with TensorFlow.js operations;
 * this folder traces them into a graph, lowers the graph for an engine and runs it there, or runs them operation by
 * operation on a TensorFlow.js backend. It knows tensors and programs. It knows nothing of galaxies, files of models,
 * optimisers or data sets, and draws no random numbers, but for the words of a counter and a key that a program asks for
 * (`philox-kernel.ts`).
 */
export { PureGalaxyError } from '../errors.ts'
export { formatSpec, hostTensor, sizeOf } from './buffers.ts'
export { ENGINE_NAMES, listEngines, openEngine } from './open.ts'
export type {
  CompileOptions,
  DeviceBuffer,
  DType,
  Engine,
  EngineInfo,
  EngineName,
  HostTensor,
  OpenEngineOptions,
  Precision,
  Program,
  ProgramDefinition,
  TensorFunction,
  TensorSpec,
} from './types.ts'
