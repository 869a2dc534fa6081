import { PureGalaxyError } from '../../errors.ts'
import { formatSpec } from '../buffers.ts'
import type { TensorSpec } from '../types.ts'

/**
 * Divides a program's work over devices: XLA's partitioner (GSPMD) is told how some inputs are divided and derives the
 * rest, so that every device computes its part of a batch, and means over the batch are means over all devices. What
 * the program computes stays the same, up to the order of sums.
 *
 * @param text a StableHLO module with `@main(%arg0: …, %arg1: …)`
 * @param split positions of the inputs to divide along their first axis
 * @throws PureGalaxyError `engine.devices` where an axis does not divide
 * @see https://openxla.org/xla/gspmd; Xu et al. 2021, arXiv:2105.04663
 */
export function partition(
  text: string,
  inputs: readonly TensorSpec[],
  split: readonly number[],
  devices: number,
): string {
  const body = text.indexOf('\n', text.indexOf('@main(')) + 1
  let head = text.slice(0, body)
  let rest = text.slice(body)
  for (const position of split) {
    const [length = 0, ...others] = inputs[position]!.shape
    if (length % devices !== 0) {
      throw new PureGalaxyError(
        'engine.devices',
        `Input ${position} of the program, ${formatSpec(inputs[position]!)}, does not divide over ${devices} devices: ` +
          `take a batch that is a multiple of ${devices}, such as ${Math.ceil(length / devices) * devices}.`,
      )
    }
    const name = `%arg${position}`
    const type = new RegExp(`${name}: (tensor<[^>]*>)`).exec(head)![1]!
    // The whole of it comes to each device, which takes its part: other programs may have made it.
    head = head
      .replace(`${name}: ${type}`, `${name}: ${type} {mhlo.sharding = "{replicated}"}`)
      .replace('"{replicated}"} {', '"{replicated}", ')
    const tiles = `{devices=[${[devices, ...others.map(() => 1)].join(',')}]<=[${devices}]}`
    rest = rest.replaceAll(new RegExp(`${name}\\b`, 'g'), `%split${position}`)
    head += `%split${position} = stablehlo.custom_call @Sharding(${name}) {mhlo.sharding = "${tiles}"} : (${type}) -> ${type}\n`
  }
  return head + rest
}
