/**
 * The Open Inference Protocol (KServe's and Triton's version 2) over REST, with the binary tensor data extension: metadata,
 * readiness, and pictures as tensors. What a tensor is, is decided here; what becomes of its pictures is the work of the folder
 * above, the same as for every other route.
 */
export { type AddInferenceOptions, addInference } from './add-inference.ts'
export { inferenceError, isInferencePath } from './inference-error.ts'
export { inferenceRoutes } from './inference-openapi.ts'
