import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BadInput } from './bad-input.ts'

const simulate = (out: string, ...more: string[]) => [
  'simulate',
  '--count',
  '2',
  '--size',
  '8',
  '--out',
  out,
  ...more,
]
const split = (out: string) => ['split', 'good/data.h5', '--out', out]

/** Outputs that cannot be written: nothing may be left, and what was there must stay. */
export const BAD_OUTPUTS: readonly BadInput[] = [
  {
    name: 'output: in a folder that is not there',
    args: simulate('none/sim.h5'),
    says: /none\/sim\.h5.*no folder none/,
  },
  {
    name: 'output: below a file',
    files: { file: 'x' },
    args: simulate('file/sim.h5'),
    says: /file\/sim\.h5/,
    holds: ['file', 'x'],
  },
  {
    name: 'output: in a folder that cannot be written',
    args: simulate('/proc/sim.h5'),
    says: /\/proc\/sim\.h5 cannot be written: the system takes no files in \/proc/,
  },
  {
    name: 'output: exists already',
    files: { 'sim.h5': 'precious' },
    args: simulate('sim.h5'),
    says: /sim\.h5 exists already.*--force/,
    holds: ['sim.h5', 'precious'],
  },
  {
    name: 'output: a folder by that name',
    prepare: (folder) => mkdirSync(join(folder, 'sim.h5')),
    args: simulate('sim.h5', '--force'),
    says: /sim\.h5.*folder/,
  },
  { name: 'output: a name too long', args: split(`${'n'.repeat(300)}.json`), says: /name is longer/ },
  { name: 'output: split in a folder that is not there', args: split('none/s.json'), says: /none\/s\.json/ },
  {
    name: 'output: import over a file',
    files: { 'out.h5': 'precious' },
    args: ['import', 'good/pictures', '--catalog', 'good/pictures.csv', '--out', 'out.h5'],
    says: /out\.h5 exists already/,
    holds: ['out.h5', 'precious'],
  },
  {
    name: 'output: run folder below a file',
    files: { file: 'x' },
    args: [
      'train',
      'good/data.h5',
      '--model',
      'pure20',
      '--batch-size',
      '8',
      '--out',
      'file/run',
      '--engine',
      'cpu',
    ],
    says: /file\/run/,
    holds: ['file', 'x'],
  },
  {
    name: 'output: training noise of an exposure on pictures without its stretch, which leaves no folder',
    args: [
      ...['train', 'good/data.h5', '--model', 'pure20', '--batch-size', '8', '--engine', 'cpu'],
      ...['--noise', 'exposure', '--out', 'run'],
    ],
    says: /good\/data\.h5: exposure noise undoes.*--any-stretch/,
  },
  {
    name: 'output: report in place of a file',
    files: { report: 'x' },
    args: ['robustness', 'good/model.safetensors', 'good/data.h5', '--out', 'report', '--engine', 'cpu'],
    says: /report is a file/,
    holds: ['report', 'x'],
  },
  {
    name: 'output: study in place of a file',
    files: { study: 'x' },
    args: ['reproduce', 'cifar10', 'good/data.h5', '--out', 'study'],
    says: /study is a file/,
    holds: ['study', 'x'],
  },
  {
    name: 'output: study where the system takes no folder',
    args: ['reproduce', 'cifar10', 'good/data.h5', '--out', '/proc/study'],
    says: /\/proc\/study/,
  },
  {
    name: 'output: study in a folder that takes no files',
    args: ['reproduce', 'galaxy10', 'good/data.h5', '--out', '/proc'],
    says: /\/proc cannot be written/,
  },
  {
    name: 'output: report in a folder that takes no files',
    args: ['robustness', 'none.safetensors', 'good/data.h5', '--out', '/proc'],
    says: /\/proc cannot be written/,
  },
  {
    name: 'output: study of other classes, which leaves no folder',
    args: ['reproduce', 'cifar10', 'good/data.h5', '--out', 'studies/first'],
    says: /good\/data\.h5 has 10 classes \(disturbed.*cifar10 is of 10 others \(airplane/,
  },
  {
    name: 'output: how long a study of other classes would take',
    args: ['reproduce', 'cifar10', 'good/data.h5', '--out', 'study', '--estimate'],
    says: /good\/data\.h5 has 10 classes/,
  },
  {
    name: 'output: study of pictures without the stretch, which leaves no folder',
    args: ['reproduce', 'galaxy10', 'good/data.h5', '--out', 'study'],
    says: /good\/data\.h5: the pictures lack the stretch/,
  },
  {
    name: 'output: report on pictures without an exact label, which leaves no folder',
    args: [
      ...['robustness', 'good/model.safetensors', 'good/partial.h5', '--engine', 'cpu'],
      ...['--out', 'reports/first'],
    ],
    says: /partial\.h5.*exact label/,
  },
  {
    name: 'output: report in a folder of others, which stays',
    prepare: (folder) => mkdirSync(join(folder, 'report')),
    args: [
      ...['robustness', 'good/model.safetensors', 'good/partial.h5', '--engine', 'cpu'],
      ...['--out', 'report'],
    ],
    says: /partial\.h5.*exact label/,
  },
  {
    name: 'output: catalogue over a file',
    files: { 'out.csv': 'precious' },
    args: ['classify', 'good/pictures', '--model', 'good/model.safetensors', '--out', 'out.csv'],
    says: /out\.csv exists already/,
    holds: ['out.csv', 'precious'],
  },
  {
    name: 'output: catalogue of another run that was interrupted',
    files: { 'out.csv.partial': 'id,ra,dec\n' },
    args: ['classify', 'good/pictures', '--model', 'good/model.safetensors', '--out', 'out.csv'],
    says: /out\.csv\.partial.*--resume/,
    holds: ['out.csv.partial', 'id,ra,dec\n'],
  },
  {
    name: 'output: catalogue of other columns to go on with',
    files: { 'out.csv.partial': 'id,ra,dec\n' },
    args: [
      'classify',
      'good/pictures',
      '--model',
      'good/model.safetensors',
      '--out',
      'out.csv',
      '--resume',
      '--engine',
      'cpu',
    ],
    says: /out\.csv\.partial/,
    holds: ['out.csv.partial', 'id,ra,dec\n'],
  },
  {
    name: 'output: demo in a folder of other files',
    prepare(folder) {
      mkdirSync(join(folder, 'mine'))
      writeFileSync(join(folder, 'mine', 'galaxies.h5'), 'precious')
    },
    args: ['demo', '--out', 'mine'],
    says: /mine holds files that no demo made/,
    holds: ['mine/galaxies.h5', 'precious'],
  },
  {
    name: 'output: contact sheet of another format',
    args: ['inspect', 'good/data.h5', '--sheet', 'sheet.gif'],
    says: /sheet\.gif.*\.png or \.webp/,
  },
]
