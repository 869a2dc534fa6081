import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

const root = resolve(process.env.PUREGALAXY_DATA ?? '../shared/data')

/** Path of real data, or undefined where that data is absent: tests that need it skip, saying so in their name. */
export function realData(...parts: string[]): string | undefined {
  const path = resolve(root, ...parts)
  return existsSync(path) ? path : undefined
}
