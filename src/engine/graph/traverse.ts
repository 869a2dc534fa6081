import type { Node } from './types.ts'

/** The nodes that `outputs` need, operands before their users; what nothing needs is left out. */
export function topological(outputs: readonly Node[]): Node[] {
  const order: Node[] = []
  const seen = new Set<Node>()
  // An explicit stack: graphs of deep networks are deeper than the call stack.
  const stack: { node: Node; next: number }[] = outputs.map((node) => ({ node, next: 0 })).reverse()
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!
    if (seen.has(top.node)) {
      stack.pop()
      continue
    }
    const operand = top.node.inputs[top.next++]
    if (operand) {
      if (!seen.has(operand)) stack.push({ node: operand, next: 0 })
    } else {
      seen.add(top.node)
      order.push(top.node)
      stack.pop()
    }
  }
  return order
}
