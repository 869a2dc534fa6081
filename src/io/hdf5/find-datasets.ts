import { PureGalaxyError } from '../../errors.ts'
import type { Hdf5DatasetInfo } from './hdf5-file.ts'

/** Names under which pictures and labels are found, Galaxy10's first. */
const IMAGE_NAMES = ['images', 'image', 'x', 'data']
const LABEL_NAMES = ['ans', 'labels', 'label', 'y', 'targets', 'target']

/** Which data set of a file plays which part. */
export interface DatasetRoles {
  readonly images: Hdf5DatasetInfo
  readonly labels: string | undefined
  readonly allowed: string | undefined
  readonly ids: string | undefined
  readonly ra: string | undefined
  readonly dec: string | undefined
}

/**
 * Finds pictures, labels and columns by name, upper or lower case; of several the one that lies highest in the file.
 *
 * @throws PureGalaxyError `io.hdf5.missing`, listing what the file holds
 */
export function findDatasets(
  path: string,
  datasets: readonly Hdf5DatasetInfo[],
  { labels: need = 'required' }: { labels?: 'required' | 'optional' },
): DatasetRoles {
  const find = (...names: string[]): Hdf5DatasetInfo | undefined => {
    const depth = ({ name }: Hdf5DatasetInfo) => name.split('/').length
    const rank = ({ name }: Hdf5DatasetInfo) => names.indexOf(name.split('/').at(-1)!.toLowerCase())
    return datasets
      .filter((one) => rank(one) >= 0)
      .sort((a, b) => rank(a) - rank(b) || depth(a) - depth(b))[0]
  }
  const require = (what: string, names: string[]): Hdf5DatasetInfo => {
    const found = find(...names)
    if (found !== undefined) return found
    const held = datasets
      .map(({ name, shape, type }) => `${name} (${[...shape, type].join(', ')})`)
      .join('; ')
    throw new PureGalaxyError(
      'io.hdf5.missing',
      `${path} has no data set of ${what}; one named ${names.join(', ')} was expected. It holds: ${held || 'nothing'}. Rename the data set.`,
    )
  }
  return {
    images: require('pictures', IMAGE_NAMES),
    labels: (need === 'required' ? require('labels', LABEL_NAMES) : find(...LABEL_NAMES))?.name,
    allowed: find('allowed')?.name,
    ids: find('ids')?.name,
    ra: find('ra')?.name,
    dec: find('dec')?.name,
  }
}
