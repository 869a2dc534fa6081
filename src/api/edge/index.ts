/**
 * The API without Node, as one module to be bundled by nobody else: TensorFlow.js in WebAssembly for models, libjpeg-turbo and
 * libwebp in WebAssembly and a PNG decoder for pictures, libvips' way to resize them. WebAssembly modules and model files come
 * from who deploys it, because every place has its own way to them. Nothing here is of one such place.
 */
export type { App } from '../create-app.ts'
export { parseKeys } from '../keys.ts'
export { createEdgeApp, EDGE_LIMITS, type EdgeAppOptions } from './create-edge-app.ts'
export { openEdgeModel } from './open-edge-model.ts'
