import {
  add,
  argMax,
  cast,
  customGrad,
  div,
  exp,
  type GradSaveFunc,
  log,
  logSoftmax,
  max,
  mean,
  mul,
  neg,
  oneHot,
  reshape,
  type Scalar,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core'

/** Added to the log-probability of classes that a label does not admit: exp of it is 0 in float32. */
const EXCLUDED = 1e30

/**
 * The training loss: the weighted mean over pictures of
 *
 *     (1 − s)·(−log Σ_{k admitted} p_k) + s·(−mean_k log p_k),   p = softmax(logits), s the label smoothing.
 *
 * With one admitted class and s = 0 this is the cross entropy, with s > 0 that of PyTorch's `label_smoothing`. The sum
 * is taken as logsumexp of the admitted log-probabilities, so that nothing under- or overflows. Its gradient is written
 * out, which is shorter than what differentiating step by step gives:
 *
 *     ∂loss/∂logits = w/Σw · (p − (1 − s)·q − s/K),   q the softmax over the admitted classes alone, K classes.
 *
 * @param logits [n, classes]
 * @param masks [n, classes], 1 where the label admits the class, else 0; float32
 * @param weights [n], not negative, at least one positive; a row of weight 0 counts for nothing
 * @param smoothing 0 to below 1
 */
export function admittedCrossEntropy(
  logits: Tensor2D,
  masks: Tensor2D,
  weights: Tensor1D,
  smoothing: number,
): Scalar {
  const classes = logits.shape[1]
  const rows = logits.shape[0]
  const loss = customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const x = args[0] as Tensor2D
    const save = args[1] as GradSaveFunc
    const logProbabilities = logSoftmax(x) as Tensor2D
    const admitted = add(mul(logProbabilities, masks), mul(sub(masks, 1), EXCLUDED))
    const largest = max(admitted, 1, true)
    const logAdmitted = add(largest, log(sum(exp(sub(admitted, largest)), 1, true)))
    const share = reshape(div(weights, sum(weights)), [rows, 1])
    const perPicture =
      smoothing === 0
        ? logAdmitted
        : add(mul(logAdmitted, 1 - smoothing), mul(mean(logProbabilities, 1, true), smoothing))
    const value = neg(sum(mul(perPicture, share)))
    save([logProbabilities, admitted, logAdmitted, share])
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => {
      const [logP, admittedLogP, logSum, rowShare] = saved as [Tensor, Tensor, Tensor, Tensor]
      const admittedShare = mul(exp(sub(admittedLogP, logSum)), 1 - smoothing)
      const target = smoothing === 0 ? admittedShare : add(admittedShare, smoothing / classes)
      return mul(sub(exp(logP), target), mul(rowShare, dy))
    }
    return { value, gradFunc }
  })
  return loss(logits) as Scalar
}

/** How many predictions (arg max of the logits) the labels admit; rows of an empty mask never count. */
export function countAdmitted(logits: Tensor2D, masks: Tensor2D): Scalar {
  const predicted = cast(oneHot(cast(argMax(logits, 1), 'int32'), logits.shape[1]), 'float32')
  return sum(mul(predicted, masks))
}
