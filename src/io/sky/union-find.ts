/** Disjoint sets of the integers 0 to n − 1, joined by rank-free linking to the smaller root, paths halved. */
export class UnionFind {
  readonly #parent: Uint32Array

  constructor(n: number) {
    this.#parent = new Uint32Array(n)
    for (let index = 0; index < n; index++) this.#parent[index] = index
  }

  /** The smallest member of the set of `index`. */
  find(index: number): number {
    const parent = this.#parent
    let root = index
    while (parent[root] !== root) {
      parent[root] = parent[parent[root]!]!
      root = parent[root]!
    }
    return root
  }

  join(a: number, b: number): void {
    const rootA = this.find(a)
    const rootB = this.find(b)
    // Small roots win: sets are then named by their first row, whatever the order of the joins.
    if (rootA < rootB) this.#parent[rootB] = rootA
    else this.#parent[rootA] = rootB
  }
}
