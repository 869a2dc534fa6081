import { KDTree } from './k-d-tree.ts'
import { UnionFind } from './union-find.ts'

/**
 * Joins points that are linked by chains of steps no longer than `linkingLength` (friends of friends: Huchra and
 * Geller 1982). Two walks down one k-d tree at a time: a pair of boxes farther apart than the linking length is left
 * out whole, and a box whose diagonal is within it is one group whatever it holds, so that crowded places cost no
 * more than empty ones.
 *
 * @param points n × 3, row-major; taken over and reordered
 * @param linkingLength in the points' unit; steps of exactly that length count
 * @returns the sets of rows
 */
export function friendsOfFriends(points: Float64Array, linkingLength: number): UnionFind {
  const groups = new UnionFind(points.length / 3)
  if (points.length > 0) new Linker(points, linkingLength, groups).linkWithin(0, 0, points.length / 3)
  return groups
}

class Linker {
  readonly #tree: KDTree
  readonly #groups: UnionFind
  readonly #limit: number

  constructor(points: Float64Array, linkingLength: number, groups: UnionFind) {
    this.#tree = new KDTree(points)
    this.#groups = groups
    this.#limit = linkingLength ** 2
  }

  /** Links the points of one node with one another. */
  linkWithin(node: number, start: number, end: number): void {
    const { order } = this.#tree
    if (this.#isOneGroup(node)) {
      for (let at = start + 1; at < end; at++) this.#groups.join(order[start]!, order[at]!)
      return
    }
    if (this.#tree.isLeaf(start, end)) {
      for (let at = start; at < end; at++) this.#linkPoint(at, at + 1, end)
      return
    }
    const middle = (start + end) >>> 1
    this.linkWithin(2 * node + 1, start, middle)
    this.linkWithin(2 * node + 2, middle, end)
    this.#linkBetween(2 * node + 1, start, middle, 2 * node + 2, middle, end)
  }

  /** Links the points of one node with those of another, both already linked within. */
  #linkBetween(a: number, startA: number, endA: number, b: number, startB: number, endB: number): void {
    if (this.#gapSquared(a, b) > this.#limit) return
    const { order } = this.#tree
    const whole = this.#isOneGroup(a) && this.#isOneGroup(b)
    if (whole && this.#groups.find(order[startA]!) === this.#groups.find(order[startB]!)) return
    const leafA = this.#tree.isLeaf(startA, endA)
    const leafB = this.#tree.isLeaf(startB, endB)
    if (leafA && leafB) {
      for (let at = startA; at < endA; at++) if (this.#linkPoint(at, startB, endB) && whole) return
    } else if (leafB || (!leafA && endA - startA >= endB - startB)) {
      const middle = (startA + endA) >>> 1
      this.#linkBetween(2 * a + 1, startA, middle, b, startB, endB)
      this.#linkBetween(2 * a + 2, middle, endA, b, startB, endB)
    } else {
      const middle = (startB + endB) >>> 1
      this.#linkBetween(a, startA, endA, 2 * b + 1, startB, middle)
      this.#linkBetween(a, startA, endA, 2 * b + 2, middle, endB)
    }
  }

  /** Links one point with those of a range; whether there was any. */
  #linkPoint(at: number, start: number, end: number): boolean {
    const { points, order } = this.#tree
    const x = points[3 * at]!
    const y = points[3 * at + 1]!
    const z = points[3 * at + 2]!
    let linked = false
    for (let other = start; other < end; other++) {
      const dx = points[3 * other]! - x
      const dy = points[3 * other + 1]! - y
      const dz = points[3 * other + 2]! - z
      if (dx * dx + dy * dy + dz * dz > this.#limit) continue
      this.#groups.join(order[at]!, order[other]!)
      linked = true
    }
    return linked
  }

  #isOneGroup(node: number): boolean {
    const { boxes } = this.#tree
    let squared = 0
    for (let at = 6 * node; at < 6 * node + 3; at++) squared += (boxes[at + 3]! - boxes[at]!) ** 2
    return squared <= this.#limit
  }

  #gapSquared(a: number, b: number): number {
    const { boxes } = this.#tree
    let squared = 0
    for (let axis = 0; axis < 3; axis++) {
      const below = boxes[6 * a + axis]! - boxes[6 * b + axis + 3]!
      const above = boxes[6 * b + axis]! - boxes[6 * a + axis + 3]!
      const gap = Math.max(below, above, 0)
      squared += gap * gap
    }
    return squared
  }
}
