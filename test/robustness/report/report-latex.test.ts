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
  it('has a table for each protocol with accuracy and both ends of its interval, and mean corruption errors', async () => {
    const text = reportLatex(await sampleReport())
    expect(text.match(/\\begin\{tabular\}/g)).toHaveLength(2)
    // 78.0 % with an interval from 73.5 to 82.3; mean corruption error of the last entry is 100 by definition.
    expect(text).toMatch(/no noise & \$78\.0\^\{\+4\.3\}_\{-4\.5\}\$ & \$68\.9/)
    expect(text).toMatch(/mCE & .* & 100\.0 \\\\/)
    expect(text).toContain('\\shortstack{ResNet20\\\\{}with noise}')
    expect(text).toContain('393 pictures with an exact label, 5 noise seeds')
  })

  it('says in the caption where the figures are an illustration', async () => {
    expect(reportLatex(await sampleReport())).toContain('Illustration, not a measurement')
    expect(reportLatex(await sampleReport({ illustration: false }))).not.toContain('Illustration')
  })

  it('has no mean corruption error with a single entry', async () => {
    expect(reportLatex(await sampleReport({ names: ['only'] }))).not.toContain('mCE')
  })

  it('numbers entries whose names have long words, and tells the names in the caption', async () => {
    const text = reportLatex(await sampleReport({ names: ['pure20 (…/runs/pure-1)', 'resnet20'] }))
    expect(text).toContain('level & (1) & (2) \\\\')
    expect(text).toContain('Entries: (1) pure20 (\\ldots{}/runs/pure-1); (2) resnet20.')
  })

  it('says on pictures of what size noise was drawn, and what size was seen', async () => {
    const text = reportLatex(await sampleReport())
    expect(text).toContain('Pictures of 64$\\times$64 pixels.')
    expect(text).toContain(
      'Noise drawn on pictures of 256$\\times$256 pixels, resized to 64$\\times$64 after it.',
    )
  })

  it.skipIf(!pdflatex).each([
    ['three entries', {}],
    ['a single entry', { names: ['only'] }],
    ['two entries of several runs', { names: ['pure20, 3 runs', 'resnet20, 3 runs'] }],
    ['two entries named by paths', { names: ['pure20 (…/runs/pure-1)', 'resnet20 (…/runs/resnet-1)'] }],
    [
      'names that are cut to the same',
      { names: ['', '-relu'].map((end) => `pure20 (convolution${end}, trained with exposure), 3 runs`) },
    ],
    ['seven entries', { names: Array.from({ length: 7 }, (_, at) => `ResNet110${at} with noise`) }],
    ['thirteen levels', { levels: Array.from({ length: 13 }, (_, at) => 10_000 / 3 ** at) }],
    ['hostile names', { names: HOSTILE_NAMES }],
  ])(
    `compiles with booktabs alone, no wider than the text: %s${pdflatex ? '' : ' (skipped: pdflatex is not installed)'}`,
    async (_, options) => {
      const log = await compiled(reportLatex(await sampleReport(options)))
      expect(log).toMatch(/Output written on paper\.pdf \(\d+ pages?/)
      expect(log).not.toMatch(/Missing character|LaTeX Warning: Command .* invalid|Overfull/)
    },
  )
})
