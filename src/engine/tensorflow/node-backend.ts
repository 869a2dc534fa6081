import { engine, type KernelBackend, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core'

/** The name under which the npm packages register their backend. */
export const TENSORFLOW = 'tensorflow'

/** Numbers by which TensorFlow's C interface names types, and its version. */
interface Binding {
  readonly TF_FLOAT: number
  readonly TF_ATTR_TYPE: number
  readonly TF_ATTR_FLOAT: number
  readonly TF_ATTR_STRING: number
  readonly TF_ATTR_BOOL: number
  readonly TF_Version: string
}

interface Attribute {
  readonly name: string
  readonly type: number
  readonly value: number | string | boolean
}

/** What is used here of `NodeJSKernelBackend`, the backend of @tensorflow/tfjs-node 4. */
export interface NodeBackend extends KernelBackend {
  readonly binding: Binding
  executeMultipleOutputs(
    operation: string,
    attributes: Attribute[],
    inputs: TensorInfo[],
    outputCount: number,
  ): Tensor[]
}

/** The backend, once `loadBackend` has registered it. */
export const nodeBackend = () => engine().findBackend(TENSORFLOW) as NodeBackend
