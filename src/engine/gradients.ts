/**
 * TensorFlow.js's gradient functions. Its Node bundle leaves them out and its package has no other entry that Node
 * can load, so the build (and the test runner) takes this one module of it in; engine and registries are shared,
 * because TensorFlow.js keeps them in a global. The package itself comes first: it sets up what registering asks for.
 */
import '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
