import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gnuTarXz, paxTar } from '../../io/tar/archives.ts'
import { type BadInput, fixture } from './bad-input.ts'

/** Cuts a copy of a good file in half. */
const half = (from: string, to: string) => (folder: string) => {
  const bytes = readFileSync(join(folder, from))
  writeFileSync(join(folder, to), bytes)
  truncateSync(join(folder, to), bytes.length >> 1)
}

/** `train` on a file, which must be refused before anything is trained. */
const train = (data: string, ...more: string[]) => [
  'train',
  data,
  '--model',
  'pure20',
  '--out',
  'run',
  ...more,
]

/** An HDF5 file of h5py's that is refused. */
const hdf5 = (name: string, file: string, says: RegExp): BadInput => ({
  name: `HDF5: ${name}`,
  prepare: fixture(file),
  args: train(file),
  says,
})

export const BAD_DATA_SETS: readonly BadInput[] = [
  { name: 'data set that is not there', args: ['inspect', 'none.h5'], says: /none\.h5.*no such file/ },
  { name: 'HDF5: empty', files: { 'empty.h5': '' }, args: ['inspect', 'empty.h5'], says: /empty\.h5.*empty/ },
  {
    name: 'HDF5: cut in half',
    prepare: half('good/data.h5', 'cut.h5'),
    args: ['inspect', 'cut.h5'],
    says: /cut\.h5.*(truncated|ends|cut)/i,
  },
  { name: 'HDF5: text', files: { 'x.h5': 'hello, world' }, args: ['inspect', 'x.h5'], says: /x\.h5.*HDF5/ },
  {
    name: 'HDF5: a picture by that name',
    prepare: (folder) =>
      writeFileSync(join(folder, 'p.h5'), readFileSync(join(folder, 'good/pictures/a.png'))),
    args: train('p.h5'),
    says: /p\.h5.*HDF5/,
  },
  {
    name: 'HDF5: a folder by that name',
    prepare: (f) => mkdirSync(join(f, 'd.h5')),
    args: ['inspect', 'd.h5'],
    says: /d\.h5.*folder/,
  },
  hdf5('no pictures in it', 'empty-group.h5', /empty-group\.h5.*(no|images)/),
  hdf5('zero pictures', 'no-pictures.h5', /no-pictures\.h5/),
  hdf5('float pictures', 'float-images.h5', /float-images\.h5.*(float|uint8|8-bit)/),
  hdf5('16-bit pictures', 'int16-images.h5', /int16-images\.h5.*(int16|uint8|8-bit)/),
  hdf5('grey pictures', 'grey.h5', /grey\.h5.*shape|grey\.h5.*N, H, W/),
  hdf5('four channels', 'four-channels.h5', /four-channels\.h5.*(4|channels|shape)/),
  hdf5('huge dimensions', 'huge.h5', /huge\.h5/),
  hdf5('a huge side', 'huge-side.h5', /huge-side\.h5/),
  hdf5('no labels', 'no-labels.h5', /no-labels\.h5.*label/),
  hdf5('fewer labels than pictures', 'fewer-labels.h5', /fewer-labels\.h5/),
  hdf5(
    'label out of range',
    'label-out-of-range.h5',
    /label-out-of-range\.h5.*label|label-out-of-range\.h5.*ans/,
  ),
  hdf5('label that is no whole number', 'label-not-integer.h5', /label-not-integer\.h5/),
  hdf5('mask that contradicts the label', 'mask-contradicts.h5', /mask-contradicts\.h5/),
  hdf5('lzf, a filter that is not read', 'lzf.h5', /lzf\.h5.*lzf/i),
  hdf5('blosc, a filter that is not read', 'blosc.h5', /blosc\.h5.*blosc/i),
  hdf5('zstd, a filter that is not read', 'zstd.h5', /zstd\.h5.*(zstd|filter)/i),
  hdf5('virtual data set', 'virtual.h5', /virtual\.h5.*virtual/i),
  {
    name: 'FITS as a data set',
    files: { 'a.fits': `SIMPLE  =                    T${' '.repeat(2850)}` },
    args: train('a.fits'),
    says: /a\.fits.*FITS is not read yet/,
  },
  {
    name: 'a single picture as a data set',
    args: train('good/pictures/a.png'),
    says: /a\.png is a single PNG picture without a label/,
  },
  { name: 'a CSV file as a data set', args: train('good/pictures.csv'), says: /pictures\.csv.*import/ },
  {
    name: 'an empty folder as a data set',
    prepare: (f) => mkdirSync(join(f, 'empty')),
    args: train('empty'),
    says: /empty/,
  },
  {
    name: 'class folders with a broken picture',
    files: { 'd/train/a/1.png': 'x', 'd/train/b/1.png': 'y' },
    args: train('d', '--size', '16', '--batch-size', '2', '--val', '0'),
    says: /1\.png/,
  },
  {
    name: 'tar: cut in half',
    files: { 'cut.tar': paxTar().subarray(0, 1300) },
    args: train('cut.tar', '--size', '16'),
    says: /cut\.tar/,
  },
  {
    name: 'tar.xz: cut in half',
    files: { 'cut.tar.xz': gnuTarXz().subarray(0, 100) },
    args: train('cut.tar.xz', '--size', '16'),
    says: /cut\.tar\.xz/,
  },
  {
    name: 'tar: empty',
    files: { 'e.tar': new Uint8Array(1024) },
    args: train('e.tar', '--size', '16'),
    says: /e\.tar/,
  },
  {
    name: 'tar: no pictures in it',
    files: { 't.tar': paxTar() },
    args: train('t.tar', '--size', '16'),
    says: /t\.tar/,
  },
  {
    name: 'CIFAR-10: batch that is cut',
    files: Object.fromEntries(
      [1, 2, 3, 4, 5].map((n) => [
        `cifar/data_batch_${n}.bin`,
        new Uint8Array(n === 3 ? 5000 : 3073 * 10_000),
      ]),
    ),
    args: train('cifar'),
    says: /data_batch_3\.bin/,
  },
  {
    // The batch is cut too: were it decoded before the classes are looked at, the message would be about that.
    name: 'CIFAR-10: judged by a model of galaxies',
    files: { 'cifar/test_batch.bin': new Uint8Array(5000) },
    args: ['evaluate', 'good/model.safetensors', 'cifar', '--engine', 'cpu'],
    says: /knows 10 classes .*, but cifar has 10 \(airplane/,
  },
  {
    name: 'class folders: judged by a model of galaxies, before a picture is opened',
    files: { 'tree/cat/a.png': 'no picture', 'tree/dog/b.png': 'no picture' },
    args: ['evaluate', 'good/model.safetensors', 'tree', '--engine', 'cpu'],
    says: /knows 10 classes .*, but tree has 2 \(cat, dog\)/,
  },
  {
    name: 'fewer labelled pictures than a batch',
    args: train('good/one.h5', '--val', '0'),
    says: /one\.h5.*1 picture/,
  },
]
