import type { PinnedPackage } from './packages.ts'

/**
 * XLA's CUDA 13 plugin and the libraries that `jax-cuda13-plugin[with-cuda]` names, at the versions of CUDA 13.3.1 (its
 * metapackage `cuda-toolkit`) with the cuDNN, NCCL and NVSHMEM of that time. Hashes are the index's.
 */
export const CUDA13_PACKAGES: readonly PinnedPackage[] = [
  {
    name: 'jax-cuda13-pjrt',
    version: '0.12.0.1',
    sha256: {
      x64: '5899bb6177eda86ea532afb9a26794f2bdd04966f6a01f9028266b16c2b6cf90',
      arm64: '40758d042df8c06991b6a1a8016b56e9cefb1ed4c677c062125c3eb71c3dab97',
    },
  },
  {
    name: 'nvidia-cublas',
    version: '13.6.0.2',
    sha256: {
      x64: 'b82c80c886cea6da6e149a5c3bdba274f12b7e4ec4b00a050b916b0446fb4153',
      arm64: '946f6a252b1cc72d8de912c75975fd6d8ba44f67d4e5044fe764ddb909f4a688',
    },
  },
  {
    name: 'nvidia-cuda-cupti',
    version: '13.3.75',
    sha256: {
      x64: 'a969cc446c44db612e417bd0af722cfad9009c027dabd4ed255262c0e9a9a3d2',
      arm64: '79f5a8c55378a998427d6974b1d85ec91ef684035d016b3fb3b85006914f94f0',
    },
  },
  {
    name: 'nvidia-cuda-nvcc',
    version: '13.3.73',
    sha256: {
      x64: 'f483af83166c4fa356a21606076d553b0b4ceaebbd9912e537545080db695bdd',
      arm64: '70f250825355d2c3aa6c7a972a0ec00f020bad66d2679e527eb4336301c904aa',
    },
  },
  {
    name: 'nvidia-cuda-nvrtc',
    version: '13.3.33',
    sha256: {
      x64: '82530788b8c6164a54d3fd9ae8bcca8893d397c4aeb998861982a03bbe41e204',
      arm64: '7b05ecda494c6dabc44231a608b060a71008a730d9dfda932cc508e6d29159e0',
    },
  },
  {
    name: 'nvidia-cuda-runtime',
    version: '13.3.29',
    sha256: {
      x64: 'e04420616e72f563167a7733272992d7e6df6dc5cb54b2f94f9f1520ea9e30c1',
      arm64: '73291e19c9dd919c140c91bda2f80b0eca487da5ee30a086ef7bc4918ecb90ea',
    },
  },
  {
    name: 'nvidia-cudnn-cu13',
    version: '9.26.1.1',
    sha256: {
      x64: 'c709224270fbfb5c51248422b468dc258461a723a8d5a21f50111614b36b8c53',
      arm64: '03baed4e8296f229e94b105b41e130f592d35a167895fbb6354ca3370805558c',
    },
  },
  {
    name: 'nvidia-cufft',
    version: '12.3.0.29',
    sha256: {
      x64: 'edb25c0626bd202ee5acc035b5dd361a3b89ed3b75a81a52df72c89150cb57c2',
      arm64: '3c268ec73fdbfd22e42913dcef6e49e0c305ab09cd9848268a841cbe9f33f748',
    },
  },
  {
    name: 'nvidia-cusolver',
    version: '12.2.6.9',
    sha256: {
      x64: 'e32cb40c8a4d3df475b556caaf6af5808ef064df7e291a049528a0d28017b674',
      arm64: '658ce9e6ed8a321033419fe6e55faf0f245a15aa23669eda03d7f2dcce436d73',
    },
  },
  {
    name: 'nvidia-cusparse',
    version: '12.8.2.51',
    sha256: {
      x64: '65cbcc4e37a34fca4ee7df2fd57da103593842cda1bbb4a144664ecfe59873a5',
      arm64: '00469fcf62c4d464a1225abd9b20864ecff35e3fbc9fb992572e83d358927755',
    },
  },
  {
    name: 'nvidia-nccl-cu13',
    version: '2.30.7',
    sha256: {
      x64: 'cefa7fdb9710efd0f39c5f1be1d61ff6fc9a996c451265bd7fbdcf9455ed4b50',
      arm64: 'ca786ffa5a647c75d4d1f5cc72a6c4f537947e2ba8823d7c8aaf768e7a7b9f77',
    },
  },
  {
    name: 'nvidia-nvjitlink',
    version: '13.3.33',
    sha256: {
      x64: '26a6de7fb4c8fdaa7703d3dad720d6d427ddfea5c48a528fd97c11733ad830e5',
      arm64: 'ce48b37dfeb3cb1eae4cf85adacb47d7a6539ea2272870c9a3628ce275c2037e',
    },
  },
  {
    name: 'nvidia-nvshmem-cu13',
    version: '3.7.2',
    sha256: {
      x64: 'b9a4f843c62b5dded8ad33fd6d220e007dcd39f06cee549292f5ba14ce4c235c',
      arm64: '0e748308b9e0a8a8d81859353f3e6c98fbe85a85f652a915a2ba60149a0bd124',
    },
  },
  {
    name: 'nvidia-nvvm',
    version: '13.3.73',
    sha256: {
      x64: '0e28e0858a3475e11ac67d35301cd5bf82666a1c0dc4ec4e80ceaf3a5fd1dea8',
      arm64: 'e2bcdd5783b5481445f1f0e7170cb836cc0d72999839ba850bbba6dc97b76bb8',
    },
  },
]

/** The same for CUDA 12: `jax-cuda12-plugin[with-cuda]`, CUDA 12.9.1. */
export const CUDA12_PACKAGES: readonly PinnedPackage[] = [
  {
    name: 'jax-cuda12-pjrt',
    version: '0.12.0.1',
    sha256: {
      x64: '5ec28e06198d094031c37590b4ea753ae8cde4879ab4b60baf40f0dffb673286',
      arm64: 'e6aa6c58c5420c1bda22db31a2f6c5c1d0a66cb701eeb731feae44fef197717c',
    },
  },
  {
    name: 'nvidia-cublas-cu12',
    version: '12.9.1.4',
    sha256: {
      x64: '453611eb21a7c1f2c2156ed9f3a45b691deda0440ec550860290dc901af5b4c2',
      arm64: '7a950dae01add3b415a5a5cdc4ec818fb5858263e9cca59004bb99fdbbd3a5d6',
    },
  },
  {
    name: 'nvidia-cuda-cupti-cu12',
    version: '12.9.79',
    sha256: {
      x64: '096bcf334f13e1984ba36685ad4c1d6347db214de03dbb6eebb237b41d9d934f',
      arm64: '791853b030602c6a11d08b5578edfb957cadea06e9d3b26adbf8d036135a4afe',
    },
  },
  {
    name: 'nvidia-cuda-nvcc-cu12',
    version: '12.9.86',
    sha256: {
      x64: '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0',
      arm64: '44e1eca4d08926193a558d2434b1bf83d57b4d5743e0c431c0c83d51da1df62b',
    },
  },
  {
    name: 'nvidia-cuda-nvrtc-cu12',
    version: '12.9.86',
    sha256: {
      x64: '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4',
      arm64: '096d4de6bda726415dfaf3198d4f5c522b8e70139c97feef5cd2ca6d4cd9cead',
    },
  },
  {
    name: 'nvidia-cuda-runtime-cu12',
    version: '12.9.79',
    sha256: {
      x64: '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
      arm64: '83469a846206f2a733db0c42e223589ab62fd2fabac4432d2f8802de4bded0a4',
    },
  },
  {
    name: 'nvidia-cudnn-cu12',
    version: '9.26.1.1',
    sha256: {
      x64: 'aec908bfab4bf4c486704df0f36427ab4e4509d86015edf9019982ada5d8acc0',
      arm64: '492340bef618f087f4c34756c17b6ba007fe2a93f82151690b3d3176f3ed1bde',
    },
  },
  {
    name: 'nvidia-cufft-cu12',
    version: '11.4.1.4',
    sha256: {
      x64: 'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28',
      arm64: '1a28c9b12260a1aa7a8fd12f5ebd82d027963d635ba82ff39a1acfa7c4c0fbcf',
    },
  },
  {
    name: 'nvidia-cusolver-cu12',
    version: '11.7.5.82',
    sha256: {
      x64: '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88',
      arm64: '62efa83e4ace59a4c734d052bb72158e888aa7b770e1a5f601682f16fe5b4fd2',
    },
  },
  {
    name: 'nvidia-cusparse-cu12',
    version: '12.5.10.65',
    sha256: {
      x64: '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
      arm64: '221c73e7482dd93eda44e65ce567c031c07e2f93f6fa0ecd3ba876a195023e83',
    },
  },
  {
    name: 'nvidia-nccl-cu12',
    version: '2.30.7',
    sha256: {
      x64: '8ce1b8213f61f2bfac132e6df890af6450b77cbd140c6ce4e98cb0c2d8e678c9',
      arm64: '03ecd776fd1d58fd2c9a0a687dcf8db9ecd0057382dba646fa3d65786d4a9ea1',
    },
  },
  {
    name: 'nvidia-nvjitlink-cu12',
    version: '12.9.86',
    sha256: {
      x64: 'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9',
      arm64: '994a05ef08ef4b0b299829cde613a424382aff7efb08a7172c1fa616cc3af2ca',
    },
  },
  {
    name: 'nvidia-nvshmem-cu12',
    version: '3.7.2',
    sha256: {
      x64: '02b6d3482d90ea8ba214bc400362297f573257763990a98c9846ec5c786a7227',
      arm64: '98495de30994f1401a12cc8158ffacbeada44579f54185d75665381468056faa',
    },
  },
]
