import type { BadInput } from './bad-input.ts'

const train = (...more: string[]) => ['train', 'good/data.h5', '--model', 'pure20', '--out', 'run', ...more]

/** Wrong usage: exit code 2, before anything is opened. */
const usage = (name: string, args: readonly string[], says: RegExp): BadInput => ({
  name: `usage: ${name}`,
  args,
  code: 2,
  says,
})

export const BAD_OPTIONS: readonly BadInput[] = [
  usage('unknown command', ['trian', 'x.h5'], /unknown command 'trian'.*Did you mean train/s),
  usage('unknown option', train('--epoch', '3'), /unknown option '--epoch'.*--epochs/s),
  usage('unknown command below engine', ['engine', 'lst'], /lst/),
  usage('argument missing', ['inspect'], /missing required argument 'data'/),
  usage('argument too many', ['resume', 'a', 'b'], /too many arguments/),
  usage('required option missing', ['simulate', '--count', '4'], /--out/),
  usage('option without its value', ['simulate', '--count'], /argument missing/),
  usage('a word for a number', ['simulate', '--count', 'ten', '--out', 'x.h5'], /--count.*whole number/),
  usage(
    'a fraction for a whole number',
    ['simulate', '--count', '1.5', '--out', 'x.h5'],
    /--count.*whole number/,
  ),
  usage('no picture', ['simulate', '--count', '0', '--out', 'x.h5'], /--count.*at least 1|--count.*from 1/),
  usage('pictures too small', ['simulate', '--count', '2', '--size', '4', '--out', 'x.h5'], /--size.*from 8/),
  usage('a negative seed', ['simulate', '--count', '2', '--seed', '-1', '--out', 'x.h5'], /--seed/),
  usage('no epoch', train('--epochs', '0'), /--epochs.*from 1/),
  usage('a batch of one', train('--batch-size', '1'), /--batch-size/),
  usage('a learning rate that is no number', train('--learning-rate', 'NaN'), /--learning-rate/),
  usage('a learning rate of 0', train('--learning-rate', '0'), /--learning-rate.*above 0 and at most 100/),
  usage('a learning rate of a million', train('--learning-rate', '1e6'), /--learning-rate.*at most 100/),
  usage(
    'a warm-up longer than the training',
    train('--warmup-epochs', '9', '--epochs', '3'),
    /warm-up is 9; expected 0 to 3/,
  ),
  usage('an infinite weight decay', train('--weight-decay', 'Infinity'), /--weight-decay/),
  usage('label smoothing of 1', train('--label-smoothing', '1'), /--label-smoothing/),
  usage('an engine that does not exist', train('--engine', 'cuda'), /--engine.*onnx/),
  usage('no threads', train('--threads', '0'), /--threads/),
  usage('a preset that does not exist', train('--preset', 'best'), /--preset.*galaxy10/),
  usage('a part of an HDF5 file to train on', train('--subset', 'train'), /good\/data\.h5.*--split/),
  usage(
    'a part of an HDF5 file to judge, without a split file',
    ['evaluate', 'good/model.safetensors', 'good/data.h5', '--subset', 'test'],
    /good\/data\.h5.*--split/,
  ),
  usage('a split and a fraction', train('--split', 's.json', '--val', '0.1'), /--split and --val exclude/),
  usage('a step schedule without its epochs', train('--schedule', 'step'), /--step-epochs/),
  usage('epochs of a step schedule for another', train('--step-epochs', '5'), /--schedule step/),
  usage('momentum for AdamW', train('--optimiser', 'adamw', '--momentum', '0.9'), /--momentum.*sgd/),
  usage(
    'a test fraction of 0',
    ['split', 'good/data.h5', '--test', '0', '--out', 's.json'],
    /--test.*above 0/,
  ),
  usage(
    'a test fraction of 1.5',
    ['split', 'good/data.h5', '--test', '1.5', '--out', 's.json'],
    /--test.*below 1/,
  ),
  usage(
    'a comma behind the last model',
    ['robustness', 'good/model.safetensors,', 'none.h5'],
    /"good\/model\.safetensors,".*empty name/,
  ),
  usage(
    'a model without a name to compare with',
    ['robustness', 'good/model.safetensors', 'none.h5', '--against', ''],
    /"".*empty name/,
  ),
  usage('a noise level of 0', ['robustness', 'm', 'd', '--levels', '60,0'], /--levels/),
  usage(
    'a protocol that does not exist',
    ['robustness', 'm', 'd', '--protocol', 'dust'],
    /--protocol.*counts/,
  ),
  usage(
    'a study of networks that do not exist',
    ['reproduce', 'cifar10', 'none.h5', '--depth', '21', '--out', 'study'],
    /no networks of depth 21.*20, 32/,
  ),
  usage(
    'how long a study of networks that do not exist would take',
    ['reproduce', 'cifar10', 'none.h5', '--depth', '21', '--out', 'study', '--estimate'],
    /no networks of depth 21/,
  ),
  usage(
    'a study of one training seed',
    ['reproduce', 'cifar10', 'none.h5', '--seeds', '1', '--out', 'study'],
    /--seeds.*from 2/,
  ),
  usage(
    'more folders than catalogues',
    ['import', 'a', 'b', '--catalog', 'a.csv', '--out', 'x.h5'],
    /2 folders and 1/,
  ),
  usage('going on with a stream', ['classify', 'good/pictures', '--resume'], /--resume needs --out/),
  usage('two formats for stdout', ['classify', 'good/pictures', '--json', '--format', 'csv'], /--json/),
  usage(
    'fractions that leave nothing to train on',
    ['split', 'good/data.h5', '--test', '0.5', '--val', '0.5', '--out', 's.json'],
    /0\.5.*nothing to train on/,
  ),
  usage(
    'an architecture that does not exist',
    ['train', 'none.h5', '--model', 'pure21', '--out', 'run'],
    /pure21.*pure20/,
  ),
  usage(
    'a shortcut that an architecture lacks',
    ['train', 'none.h5', '--model', 'pure18', '--shortcut', 'A', '--out', 'run'],
    /no shortcut A/,
  ),
  usage(
    'an ablation of what a ResNet lacks',
    ['train', 'none.h5', '--model', 'resnet18', '--second-layer', 'floor', '--out', 'run'],
    /secondLayer is floor, but resnet18 has no product units.*pure18/,
  ),
  usage(
    'a fixed theta where there is none',
    train('--second-layer', 'convolution', '--fixed-theta'),
    /convolution has no theta/,
  ),
  usage(
    'a second layer that does not exist',
    train('--second-layer', 'sum'),
    /--second-layer.*convolution-relu/,
  ),
  usage('noise levels without noise', train('--noise-levels', '60,12'), /belong to --noise/),
  usage('a noise probability without noise', train('--noise-probability', '0.3'), /belong to --noise/),
  usage('noise of no photon', train('--noise', 'counts', '--noise-levels', '0'), /level 0.*photons/),
  usage(
    'noise that never comes',
    train('--noise', 'counts', '--noise-probability', '0'),
    /--noise-probability.*above 0/,
  ),
  usage('training noise of an unknown kind', train('--noise', 'dust'), /--noise.*counts/),
  usage('an output without a name', ['simulate', '--count', '2', '--out', ''], /--out.*empty/),
  usage(
    'a run folder without a name',
    ['train', 'good/data.h5', '--model', 'pure20', '--out', ''],
    /--out.*empty/,
  ),
  usage('stdout for a file', ['simulate', '--count', '2', '--out', '-'], /--out.*\.\/-/),
  usage('stdout by a dash', ['classify', 'good/pictures', '--out', '-'], /--out.*rows go to stdout/),
  usage(
    'a catalogue of another format',
    ['classify', 'good/pictures', '--out', 'o.parquet'],
    /o\.parquet.*\.csv, \.ndjson/,
  ),
  {
    name: 'an engine that is not there',
    args: train('--engine', 'xla', '--batch-size', '8'),
    says: /xla.*cannot run here/,
  },
  { name: 'a folder without a run to go on with', args: ['resume', 'good'], says: /good/ },
  { name: 'a run that is not there', args: ['resume', 'none'], says: /none/ },
]
