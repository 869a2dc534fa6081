import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { reportLatex } from '../../../src/robustness/report/index.ts'
import { HOSTILE_NAMES } from './hostile-names.ts'
import { sampleReport } from './sample-report.ts'

const run = promisify(execFile)
const pdflatex = await run('pdflatex', ['--version']).then(
  () => true,
  () => false,
)

/** The log of pdfLaTeX, which fails at the first error. */
async function compiled(table: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'puregalaxy-latex-'))
  try {
    const paper = `\\documentclass{article}\\usepackage{booktabs}\\begin{document}\n${table}\\end{document}\n`
    await writeFile(join(folder, 'paper.tex'), paper)
    const { stdout } = await run('pdflatex', ['-interaction=nonstopmode', '-halt-on-error', 'paper.tex'], {
      cwd: folder,
    })
    return stdout
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

describe('reportLatex', () => {
  it('has a table for each protocol with accuracy and half its interval, and mean corruption errors', async () => {
    const text = reportLatex(await sampleReport())
    expect(text.match(/\\begin\{tabular\}/g)).toHaveLength(2)
    // 78.0 % with an interval from 73.5 to 82.3; mean corruption error of the last entry is 100 by definition.
    expect(text).toContain('PURe20 & $78.0 \\pm 4.4$ &')
    expect(text).toMatch(/ResNet20 with noise &.*& 100\.0 \\\\/)
    expect(text).toContain('393 pictures with an exact label, 5 noise seeds')
  })

  it('says in the caption where the figures are an illustration', async () => {
    expect(reportLatex(await sampleReport())).toContain('Illustration, not a measurement')
    expect(reportLatex(await sampleReport({ illustration: false }))).not.toContain('Illustration')
  })

  it('has no mean corruption error with a single entry', async () => {
    expect(reportLatex(await sampleReport({ names: ['only'] }))).not.toContain('mCE')
  })

  it.skipIf(!pdflatex).each([
    ['three entries', {}],
    ['a single entry', { names: ['only'] }],
    ['hostile names', { names: HOSTILE_NAMES }],
  ])(
    `compiles with booktabs alone: %s${pdflatex ? '' : ' (skipped: pdflatex is not installed)'}`,
    async (_, options) => {
      const log = await compiled(reportLatex(await sampleReport(options)))
      expect(log).toMatch(/Output written on paper\.pdf \(\d+ pages?/)
      expect(log).not.toMatch(/Missing character|LaTeX Warning: Command .* invalid/)
    },
  )
})
