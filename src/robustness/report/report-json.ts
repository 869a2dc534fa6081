import type { RobustnessReport } from '../report-types.ts'

/**
 * Names of all that results.json holds, in the order in which it stands there. What is not named here is left out: the
 * bytes of example pictures.
 */
const KEYS = [
  ...['formatVersion', 'version', 'command', 'data', 'engine', 'seeds', 'entries', 'protocols', 'lenses'],
  ...[
    'model',
    'protocol',
    'unit',
    'name',
    'path',
    'hash',
    'devices',
    'classes',
    'slugs',
    'names',
    'exact',
    'partial',
    'unlabelled',
  ],
  ...[
    'support',
    'storedSize',
    'models',
    'architecture',
    'parameters',
    'weights',
    'inputSize',
    'temperature',
    'trainingSeed',
  ],
  ...[
    'levels',
    'illustration',
    'tally',
    'pictures',
    'clippedChannels',
    'saturatedPixels',
    'blackPixels',
    'emptyBorders',
    'constantPictures',
  ],
  ...['curves', 'clean', 'level', 'accuracy', 'mean', 'perModel', 'deviation', 'area', 'meanCorruptionError'],
  ...[
    'against',
    'difference',
    'interval',
    'perSeed',
    'relativeAccuracy',
    'macroF1',
    'recall',
    'expectedCalibrationError',
    'meanConfidence',
  ],
  ...['agreement', 'admitted', 'calibration', 'share', 'confidence'],
  ...['comparisons', 'mcnemar', 'onlyFirst', 'onlyOther', 'p', 'corrected'],
  ...['examples', 'index', 'id', 'label', 'views', 'answers', 'prediction'],
  ...['units', 'theta', 'floor', 'floorHitFraction', 'exponentMin', 'exponentMax'],
]

/** results.json, described by docs/robustness.schema.json. Numbers that are not finite are null. */
export function reportJson(report: RobustnessReport): string {
  return `${JSON.stringify(report, KEYS, 2)}\n`
}
