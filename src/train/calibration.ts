import { logSoftmaxRows } from './metrics.ts'

const GOLDEN = (Math.sqrt(5) - 1) / 2
/** Temperatures considered. A fit at an end says that the validation data cannot settle it. */
const COLDEST = 0.05
const HOTTEST = 20
/** Width of the search's last interval, in log T. */
const TOLERANCE = 1e-4

/**
 * Temperature scaling (Guo et al. 2017): the one number that, dividing the logits, gives the validation pictures the
 * smallest loss. It changes no prediction. Found by golden-section search in log T, where the loss of exact labels has
 * a single minimum; to 1e-4. Left out are rows that are not finite and those that admit every class, which say nothing.
 *
 * @param logits rows × classes
 * @param masks rows × classes, not 0 where the label admits the class; at least one of each row
 * @returns between 0.05 and 20; null where no row is left, or the smallest loss is at one of these ends
 */
export function fitTemperature(logits: Float32Array, masks: Uint8Array, classes: number): number | null {
  const usable = usableRows(logits, masks, classes)
  if (usable.logits.length === 0) return null
  const loss = (logTemperature: number) =>
    meanAdmittedLoss(usable.logits, usable.masks, classes, Math.exp(logTemperature))
  let low = Math.log(COLDEST)
  let high = Math.log(HOTTEST)
  let left = high - GOLDEN * (high - low)
  let right = low + GOLDEN * (high - low)
  let leftLoss = loss(left)
  let rightLoss = loss(right)
  while (high - low > TOLERANCE) {
    if (leftLoss <= rightLoss) {
      high = right
      right = left
      rightLoss = leftLoss
      left = high - GOLDEN * (high - low)
      leftLoss = loss(left)
    } else {
      low = left
      left = right
      leftLoss = rightLoss
      right = low + GOLDEN * (high - low)
      rightLoss = loss(right)
    }
  }
  const settled = low > Math.log(COLDEST) && high < Math.log(HOTTEST)
  return settled ? Math.exp((low + high) / 2) : null
}

/** Rows that tell something of the temperature. */
function usableRows(
  logits: Float32Array,
  masks: Uint8Array,
  classes: number,
): { logits: Float32Array; masks: Uint8Array } {
  const rows = Array.from({ length: logits.length / classes }, (_, row) => row).filter(
    (row) =>
      logits.subarray(row * classes, (row + 1) * classes).every(Number.isFinite) &&
      masks.subarray(row * classes, (row + 1) * classes).includes(0),
  )
  const kept = {
    logits: new Float32Array(rows.length * classes),
    masks: new Uint8Array(rows.length * classes),
  }
  for (const [position, row] of rows.entries()) {
    kept.logits.set(logits.subarray(row * classes, (row + 1) * classes), position * classes)
    kept.masks.set(masks.subarray(row * classes, (row + 1) * classes), position * classes)
  }
  return kept
}

/** −log of the summed probability of the admitted classes, of each row. */
export function admittedLosses(
  logits: ArrayLike<number>,
  masks: Uint8Array,
  classes: number,
  temperature = 1,
): Float64Array {
  const logProbabilities = logSoftmaxRows(logits, classes, temperature)
  const losses = new Float64Array(logits.length / classes)
  for (let row = 0; row < losses.length; row++) {
    let largest = Number.NEGATIVE_INFINITY
    for (let k = row * classes; k < (row + 1) * classes; k++)
      if (masks[k]) largest = Math.max(largest, logProbabilities[k]!)
    let total = 0
    for (let k = row * classes; k < (row + 1) * classes; k++)
      if (masks[k]) total += Math.exp(logProbabilities[k]! - largest)
    losses[row] = -(largest + Math.log(total))
  }
  return losses
}

function meanAdmittedLoss(
  logits: Float32Array,
  masks: Uint8Array,
  classes: number,
  temperature: number,
): number {
  const losses = admittedLosses(logits, masks, classes, temperature)
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length
}
