import {
  add,
  cast,
  gather,
  greaterEqual,
  less,
  logicalAnd,
  maximum,
  minimum,
  mul,
  reshape,
  slice,
  sub,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tensor,
} from '@tensorflow/tfjs-core'

/**
 * Moves pictures as `Augmentation.apply` does, bit for bit, as a function that an engine compiles: where the data set
 * lies on an accelerator, pictures need not leave it to be augmented.
 *
 * Each pixel of the result looks up where it comes from. With the row y and the column x of the result, mirroring
 * replaces y by h − 1 − y and x by w − 1 − x, transposing exchanges the two, and shifting subtracts (down, right).
 *
 * @param pictures int32 [n, h, w, c]
 * @param moves int32 [n, 5], rows of `moveFigures`; where one transposes, h = w
 * @returns int32 [n, h, w, c]
 */
export function movePictures(pictures: Tensor4D, moves: Tensor2D): Tensor4D {
  const [n, h, w, c] = pictures.shape
  const figure = (at: number): Tensor3D => reshape(slice(moves, [0, at], [n, 1]), [n, 1, 1])
  const [down, right, mirroredY, mirroredX, transposed] = [0, 1, 2, 3, 4].map(figure) as Tensor3D[]
  const y = counting(h, [1, h, 1])
  const x = counting(w, [1, 1, w])
  const turnedY = add(y, mul(mirroredY!, sub(whole(h - 1), mul(whole(2), y))))
  const turnedX = add(x, mul(mirroredX!, sub(whole(w - 1), mul(whole(2), x))))
  const exchange = mul(transposed!, sub(turnedX, turnedY))
  const row = sub(add(turnedY, exchange), down!)
  const column = sub(sub(turnedX, exchange), right!)
  const inside = logicalAnd(within(row, h), within(column, w))
  const picture = counting(n, [n, 1, 1])
  const pixel = add(mul(add(mul(picture, whole(h)), limited(row, h)), whole(w)), limited(column, w))
  const moved = gather(reshape(pictures, [n * h * w, c]), reshape(cast(pixel, 'int32'), [n * h * w]))
  return mul(reshape(moved, [n, h, w, c]), reshape(cast(inside, 'int32'), [n, h, w, 1]))
}

const whole = (value: number): Tensor => tensor(Int32Array.of(value), [], 'int32')

const counting = (length: number, shape: number[]): Tensor =>
  tensor(
    Int32Array.from({ length }, (_, at) => at),
    shape,
    'int32',
  )

const within = (index: Tensor, length: number): Tensor =>
  logicalAnd(greaterEqual(index, whole(0)), less(index, whole(length)))

const limited = (index: Tensor, length: number): Tensor =>
  minimum(maximum(index, whole(0)), whole(length - 1))
