import { describe, expect, it } from 'vitest'
import { reportText } from '../../../src/robustness/report/index.ts'
import { HOSTILE_NAMES } from './hostile-names.ts'
import { sampleReport } from './sample-report.ts'

describe('reportText', () => {
  it('shows every protocol, entry and level', async () => {
    const text = reportText(await sampleReport())
    expect(text).toMatch(/PURe20 +78\.0 ± 4\.4 /)
    expect(text).toMatch(/no noise +1\/2 +1\/4 +1\/8 +1\/16 +1\/32 +area +mCE/)
    expect(text.match(/ResNet20 with noise +59\.2/g)).toHaveLength(2)
    expect(text).toMatch(/PURe20 − ResNet20\n {2}points +\+9\.1/)
    expect(text).toContain('Illustration, not a measurement')
  })

  it('gives names whole that would be cut to the same', async () => {
    const names = ['', '-relu'].map((end) => `pure20 (convolution${end}, trained with counts)`)
    const text = reportText(await sampleReport({ names }))
    for (const name of names) expect(text).toContain(name)
    expect(text).not.toContain('(2)')
  })

  it('leaves out what a single entry without partial labels does not have', async () => {
    const text = reportText(await sampleReport({ names: ['only'], partial: 0 }))
    expect(text).not.toMatch(/mCE|corrected|admitted/)
  })

  it('sends no control character of a name to the terminal, and keeps columns narrow', async () => {
    const text = reportText(await sampleReport({ names: HOSTILE_NAMES }))
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u)
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(125)
  })
})
