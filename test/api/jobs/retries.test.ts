import { describe, expect, it } from 'vitest'
import { Retries } from '../../../src/api/node/jobs/retries.ts'
import { PureGalaxyError } from '../../../src/errors.ts'

const outcome = (row: number, code?: string) => {
  const failure = code === undefined ? undefined : new PureGalaxyError(code, `${code} of row ${row}`)
  return { result: { row, id: String(row) }, ...(failure === undefined ? {} : { failure }) }
}

const rowsOf = ({
  settled,
}: {
  readonly settled: readonly { readonly result: { readonly row: number } }[]
}) => settled.map(({ result }) => result.row)

const DAMAGED = 'api.cutout.damaged'
const BUSY = 'api.cutout.busy'
const REFUSED = 'io.picture.corrupt'

describe('rows', () => {
  it('that are classified or refused have their result, and the job does not pause', () => {
    const retries = new Retries()
    expect(rowsOf(retries.judge('a', [outcome(0), outcome(1, REFUSED)], 0))).toEqual([0, 1])
    expect(rowsOf(retries.judge('a', [outcome(2, REFUSED)], 0))).toEqual([2])
    expect(retries.paused(0)).toEqual([])
  })

  it('that fail beside others have three tries, and those that were told "not now" more', () => {
    const retries = new Retries()
    const judge = () => rowsOf(retries.judge('a', [outcome(0), outcome(1, DAMAGED), outcome(2, BUSY)], 0))
    expect([judge(), judge(), judge(), judge()]).toEqual([[0], [0], [0, 1], [0]])
    expect(retries.reasonOf('a')).toMatch(/row 1|row 2/)
  })

  it('that fail all wait, longer each time, a minute at most, and for an hour', () => {
    const retries = new Retries()
    const chunk = [outcome(0, DAMAGED), outcome(1, BUSY), outcome(2, REFUSED)]
    const pauses: number[] = []
    let now = 0
    for (let at = 0; at < 8; at++) {
      expect(rowsOf(retries.judge('a', chunk, now))).toEqual([2])
      let length = 0
      while (retries.paused(now + length).length > 0) length += 500
      pauses.push(length)
      now += length
    }
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
    expect(retries.judge('a', chunk, 3_600_000).hindrance).toMatchObject({ code: DAMAGED })
    expect(rowsOf(retries.judge('a', chunk, 3_600_001))).toEqual([0, 1, 2])
    expect(retries.paused(3_600_001)).toEqual([])
  })

  it('that failed beside others and are all that is left wait for a minute', () => {
    const retries = new Retries()
    retries.judge('a', [outcome(0), outcome(1, DAMAGED), outcome(2, REFUSED)], 0)
    expect(rowsOf(retries.judge('a', [outcome(1, DAMAGED)], 1000))).toEqual([])
    expect(rowsOf(retries.judge('a', [outcome(1, DAMAGED), outcome(3, DAMAGED)], 70_000))).toEqual([])
    expect(rowsOf(retries.judge('a', [outcome(1, DAMAGED)], 70_000))).toEqual([1])
  })

  it('of one job do not pause another, and one that is classified ends the hour', () => {
    const retries = new Retries()
    retries.judge('a', [outcome(0, BUSY)], 0)
    expect(retries.paused(0)).toEqual(['a'])
    retries.judge('a', [outcome(1), outcome(0, BUSY)], 3_000_000)
    expect(rowsOf(retries.judge('a', [outcome(0, BUSY)], 3_700_000))).toEqual([])
    retries.forget('a')
    expect([retries.paused(0), retries.reasonOf('a')]).toEqual([[], undefined])
  })
})
