import { PureGalaxyError } from '../../errors.ts'
import { type ClassScheme, GALAXY10_DECALS, GALAXY10_SDSS } from '../../survey/galaxy10.ts'
import type { DatasetRoles } from './find-datasets.ts'
import type { Hdf5File } from './hdf5-file.ts'
import { readNumbers, readTextAttribute } from './read-column.ts'

/** What Galaxy10's `ans` holds where no exact label is known; a convention of this project. */
export const NO_EXACT_LABEL = 255

/** Attributes of the file that hold the classes' names and slugs. */
export const CLASS_NAMES_ATTRIBUTE = 'class_names'
export const CLASS_SLUGS_ATTRIBUTE = 'class_slugs'

/** Side of Galaxy10 SDSS's pictures, by which it is told from Galaxy10 DECaLS. */
const SDSS_SIDE = 69

/** Bits of the mask of admitted classes. */
const MASK_BITS = 16

/** A label above this is taken for a mistake, not for a class. */
const MOST_CLASSES = 100_000

export interface Labels {
  readonly classes: ClassScheme
  readonly labels: Int32Array
  readonly allowed: Uint16Array | undefined
}

/**
 * Reads labels and masks of admitted classes, and settles which classes they mean: those that the file's attributes name;
 * Galaxy10's for `images` with `ans`; else `class 0`, `class 1` … up to the highest label.
 *
 * @param side height of the stored pictures
 * @throws PureGalaxyError `io.hdf5.labels`, and those of `readNumbers`
 */
export function readLabels(file: Hdf5File, roles: DatasetRoles, count: number, side: number): Labels {
  const named = readClassScheme(file)
  const isGalaxy10 = roles.images.name === 'images' && roles.labels === 'ans'
  const known = named ?? (isGalaxy10 ? (side === SDSS_SIDE ? GALAXY10_SDSS : GALAXY10_DECALS) : undefined)
  if (roles.labels === undefined) {
    const labels = new Int32Array(count).fill(-1)
    return { classes: known ?? { names: [], slugs: [] }, labels, allowed: new Uint16Array(count) }
  }
  const stored = readNumbers(file, roles.labels, count)
  const marksPartial = roles.labels.endsWith('ans') || roles.allowed !== undefined
  const labels = new Int32Array(count)
  const most = known?.names.length ?? MOST_CLASSES
  stored.forEach((value, i) => {
    const isExact = value >= 0 && !(marksPartial && value === NO_EXACT_LABEL)
    if (Number.isNaN(value) || (isExact && !(Number.isInteger(value) && value < most))) {
      throw new PureGalaxyError(
        'io.hdf5.labels',
        `${file.path}: the data set ${roles.labels} holds the label ${value} for picture ${i}; 0 … ${most - 1} was expected, or ${NO_EXACT_LABEL} in Galaxy10's ans where no exact label is known.`,
      )
    }
    labels[i] = isExact ? value : -1
  })
  const classes =
    known ?? numberedClasses(labels.reduce((highest, label) => Math.max(highest, label), -1) + 1)
  return { classes, labels, allowed: readAllowed(file, roles.allowed, labels, classes.names.length) }
}

/** Masks where a label is partial; undefined where all labels are exact. */
function readAllowed(
  file: Hdf5File,
  name: string | undefined,
  labels: Int32Array,
  classes: number,
): Uint16Array | undefined {
  const stored = name === undefined ? undefined : readNumbers(file, name, labels.length)
  const allowed = new Uint16Array(labels.length)
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!
    const own = label < 0 ? 0 : 2 ** label
    const mask = stored === undefined ? own : stored[i]!
    const isMask = Number.isInteger(mask) && mask >= 0 && mask < 2 ** Math.min(classes, MASK_BITS)
    if (stored !== undefined && !(isMask && (mask & own) === own)) {
      throw new PureGalaxyError(
        'io.hdf5.labels',
        `${file.path}: the data set ${name} holds the mask ${mask} for picture ${i} with the label ${label}; a bit mask of ${classes} classes that admits the label was expected.`,
      )
    }
    allowed[i] = mask
  }
  // Where the label is exact it decides, whatever else the mask admits.
  const isExact = labels.every((label) => label >= 0)
  return isExact || classes > MASK_BITS ? undefined : allowed
}

function readClassScheme(file: Hdf5File): ClassScheme | undefined {
  const names = readTextAttribute(file, CLASS_NAMES_ATTRIBUTE)
  const slugs = readTextAttribute(file, CLASS_SLUGS_ATTRIBUTE)
  if (names === undefined || slugs === undefined || names.length !== slugs.length) return undefined
  return { names, slugs }
}

const numberedClasses = (count: number): ClassScheme => ({
  names: Array.from({ length: count }, (_, i) => `class ${i}`),
  slugs: Array.from({ length: count }, (_, i) => `class_${i}`),
})
