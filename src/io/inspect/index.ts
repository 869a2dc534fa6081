/**
 * What is in a data set, before anything is done with it: pictures and how they are stored, classes, positions and
 * what is wrong with them, and a sheet of samples to look at. Reads only what it reports; nothing is changed, and
 * files whose columns can be read alone are not decoded.
 */
export { type ContactSheetOptions, renderContactSheet, writeContactSheet } from './contact-sheet.ts'
export type {
  ClassCount,
  DatasetInspection,
  NumberRange,
  PartialCount,
  SkyCoverage,
} from './dataset-inspection.ts'
export { formatInspection } from './format-inspection.ts'
export { type InspectOptions, inspectDataset } from './inspect-dataset.ts'
