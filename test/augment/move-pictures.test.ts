import { describe, expect, it } from 'vitest'
import { createAugmentation, MOVE_FIGURES, movePictures, type PictureShape } from '../../src/augment/index.ts'
import { openEngine } from '../../src/engine/index.ts'
import { RandomStream } from '../../src/random/index.ts'

const SHAPES: readonly PictureShape[] = [
  [40, 9, 9, 3],
  [25, 7, 10, 3],
]

describe.each(['cpu', 'onnx'] as const)('moves compiled for %s', (name) => {
  it.each(SHAPES)(
    'give the bytes that augmenting on the host gives, %i pictures of %i × %i',
    async (...shape) => {
      const [n, height, width] = shape
      const stream = new RandomStream(4)
      const pictures = Uint8Array.from({ length: n * height * width * 3 }, () => 1 + stream.integer(255))
      const indices = Int32Array.from({ length: n }, (_, at) => 3 * at)
      const options = { redraw: 0, resizedCrop: null, padAndCrop: 3, symmetry: 'square' } as const
      const augmentation = createAugmentation(options, 7)
      const moves = augmentation.moves!(height, width, 2, indices)

      const engine = await openEngine(name)
      const program = await engine.compile(
        ([given, figures]) => [movePictures(given as never, figures as never)],
        [
          { shape, dtype: 'uint8' },
          { shape: [n, MOVE_FIGURES], dtype: 'int32' },
        ],
        { outputTypes: ['uint8'] },
      )
      const [moved] = await program.run([
        { shape, dtype: 'uint8', data: pictures },
        { shape: [n, MOVE_FIGURES], dtype: 'int32', data: moves },
      ])
      expect((await moved!.read()).data).toEqual(augmentation.apply(pictures, shape, 2, indices))
    },
  )
})

describe('an augmentation', () => {
  it('that computes pixels anew has no moves', () => {
    const moves = { padAndCrop: 3, symmetry: 'square' } as const
    expect(createAugmentation({ ...moves, redraw: 0.1, resizedCrop: null }, 1).moves).toBeNull()
    expect(createAugmentation({ ...moves, redraw: 0, resizedCrop: 0.5 }, 1).moves).toBeNull()
  })
})
