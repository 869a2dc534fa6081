const LEAF_SIZE = 12

/**
 * A balanced k-d tree over points in three dimensions. Node 0 is the root; the children of node k are 2k + 1 and
 * 2k + 2; the rows of a node are `order[start]` to `order[end − 1]`, halved at the middle for its children, so that
 * neither has to be stored. Every node knows the smallest box around its points.
 */
export class KDTree {
  /** n × 3 in tree order: the points of a node lie side by side. */
  readonly points: Float64Array
  /** The row that each point came from. */
  readonly order: Uint32Array
  /** Six numbers a node: smallest x, y, z, largest x, y, z. */
  readonly boxes: Float64Array

  /** @param points n × 3, row-major, n ≥ 1; taken over and reordered */
  constructor(points: Float64Array) {
    this.points = points
    const count = points.length / 3
    this.order = new Uint32Array(count)
    for (let row = 0; row < count; row++) this.order[row] = row
    let nodes = 1
    for (let largest = count; largest > LEAF_SIZE; largest = Math.ceil(largest / 2)) nodes = 2 * nodes + 1
    this.boxes = new Float64Array(6 * nodes)
    this.#build(0, 0, count)
  }

  isLeaf(start: number, end: number): boolean {
    return end - start <= LEAF_SIZE
  }

  #build(node: number, start: number, end: number): void {
    this.#fitBox(node, start, end)
    if (this.isLeaf(start, end)) return
    const middle = (start + end) >>> 1
    this.#select(start, end - 1, middle, this.#widestAxis(node))
    this.#build(2 * node + 1, start, middle)
    this.#build(2 * node + 2, middle, end)
  }

  #fitBox(node: number, start: number, end: number): void {
    const { boxes, points } = this
    for (let axis = 0; axis < 3; axis++) {
      let smallest = Number.POSITIVE_INFINITY
      let largest = Number.NEGATIVE_INFINITY
      for (let at = 3 * start + axis; at < 3 * end; at += 3) {
        const value = points[at]!
        if (value < smallest) smallest = value
        if (value > largest) largest = value
      }
      boxes[6 * node + axis] = smallest
      boxes[6 * node + axis + 3] = largest
    }
  }

  #widestAxis(node: number): number {
    const extent = (axis: number) => this.boxes[6 * node + axis + 3]! - this.boxes[6 * node + axis]!
    if (extent(0) >= extent(1) && extent(0) >= extent(2)) return 0
    return extent(1) >= extent(2) ? 1 : 2
  }

  /** Hoare's selection: afterwards no point left of `wanted` lies beyond it along `axis`, and none right of it before. */
  #select(first: number, last: number, wanted: number, axis: number): void {
    const { points } = this
    let left = first
    let right = last
    while (right > left) {
      const pivot = medianOfThree(
        points[3 * left + axis]!,
        points[3 * ((left + right) >>> 1) + axis]!,
        points[3 * right + axis]!,
      )
      let low = left
      let high = right
      while (low <= high) {
        while (points[3 * low + axis]! < pivot) low++
        while (points[3 * high + axis]! > pivot) high--
        if (low <= high) this.#swap(low++, high--)
      }
      if (wanted <= high) right = high
      else if (wanted >= low) left = low
      else return
    }
  }

  #swap(a: number, b: number): void {
    const { points, order } = this
    for (let axis = 0; axis < 3; axis++) {
      const held = points[3 * a + axis]!
      points[3 * a + axis] = points[3 * b + axis]!
      points[3 * b + axis] = held
    }
    const row = order[a]!
    order[a] = order[b]!
    order[b] = row
  }
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}
