/**
 * What a robustness report is given out as: a page, JSON, CSV, LaTeX and text for a terminal, each a pure function of the
 * report. It measures nothing, and writes no files.
 */
export { reportCsv } from './report-csv.ts'
export { reportHtml } from './report-html.ts'
export { reportJson } from './report-json.ts'
export { reportLatex } from './report-latex.ts'
export { reportText } from './report-text.ts'
