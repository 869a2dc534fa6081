import { CUDA12_PACKAGES } from './cuda-packages.ts'
import type { InstallableName, Machine } from './installation.ts'
import type { PackageSet } from './packages.ts'

export type TensorFlowInstallation = Extract<InstallableName, `tensorflow${string}`>

/**
 * The Python that the wheels are for. Any would do, whatever Python runs pip: only TensorFlow's libraries and headers
 * are used, and those do not depend on it.
 */
export const WHEEL_PYTHON = '3.12'

/** Packages of npm: version, and the hash of the file as npm notes it. */
export const NPM_PACKAGES = {
  '@tensorflow/tfjs-node': {
    version: '4.22.0',
    integrity:
      'sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==',
  },
  // Node's addon interface for the compiler.
  'node-api-headers': {
    version: '1.9.0',
    integrity:
      'sha512-2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==',
  },
} as const

/** Libraries that the extra `and-cuda` of TensorFlow 2.21 names and XLA's plugin for CUDA 12 has too. */
const CUDA_LIBRARIES = new Set(
  [
    'cublas',
    'cuda-cupti',
    'cuda-nvcc',
    'cuda-nvrtc',
    'cuda-runtime',
    'cudnn',
    'cufft',
    'cusolver',
    'cusparse',
    'nccl',
    'nvjitlink',
  ].map((name) => `nvidia-${name}-cu12`),
)

const library = 'node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node'

const SETS: Readonly<Record<TensorFlowInstallation, Readonly<Partial<Record<Machine, PackageSet>>>>> = {
  tensorflow: {
    'linux-x64': {
      packages: [
        {
          name: 'tensorflow-cpu',
          version: '2.21.0',
          sha256: { x64: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb' },
        },
      ],
      library,
      megabytes: 1200,
    },
    // For this processor TensorFlow is published under one name, without CUDA.
    'linux-arm64': {
      packages: [
        {
          name: 'tensorflow',
          version: '2.21.0',
          sha256: { arm64: 'b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552' },
        },
      ],
      library,
      megabytes: 1200,
    },
  },
  'tensorflow-cuda': {
    'linux-x64': {
      packages: [
        {
          name: 'tensorflow',
          version: '2.21.0',
          sha256: { x64: 'b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0' },
        },
        ...CUDA12_PACKAGES.filter(({ name }) => CUDA_LIBRARIES.has(name)),
        {
          name: 'nvidia-curand-cu12',
          version: '10.3.10.19',
          sha256: { x64: '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e' },
        },
      ],
      library,
      megabytes: 6500,
    },
  },
}

/** The wheels of an installation; undefined where TensorFlow publishes none for the machine. */
export function tensorFlowWheels(name: TensorFlowInstallation, machine: Machine): PackageSet | undefined {
  return SETS[name][machine]
}
