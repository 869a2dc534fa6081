/**
 * The key of a row, of its job's number and its own. It is worked out by SQLite, in whole numbers: as numbers of JavaScript
 * the keys of two million jobs would be all there are.
 */
export const KEY = '((CAST(? AS INTEGER) << 32) + CAST(? AS INTEGER))'

/** The number of a row, of its key. */
export const ROW = '(key & 0xffffffff)'

/** Rows from one on, to the last of its job; what stands for them is what `from` gives. */
export const FROM = `key >= ${KEY} AND key < ${KEY}`
export const from = (job: number, row = 0) => [job, row, job + 1, 0] as const
