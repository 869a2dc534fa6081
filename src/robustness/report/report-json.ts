import type { RobustnessReport } from '../report-types.ts'

/**
 * Keys in the order in which they stand in results.json; others follow by name. What recipes are made of is theirs.
 */
const KEYS = [
  ...[
    'formatVersion',
    'version',
    'command',
    'data',
    'engine',
    'runtime',
    'bootstrap',
    'noiseVersion',
    'seeds',
    'entries',
    'protocols',
    'lenses',
  ],
  ...[
    'entry',
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
    'pixelScale',
    'minimum',
    'maximum',
    'unknown',
    'models',
    'architecture',
    'parameters',
    'weights',
    'inputSize',
    'temperature',
    'settings',
    'training',
    'puregalaxy',
    'dataHash',
    'preset',
    'recipe',
    'node',
    'platform',
    'replicates',
    'seed',
    'epoch',
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
    'relativeInterval',
    'macroF1',
    'recall',
    'expectedCalibrationError',
    'meanConfidence',
  ],
  ...['agreement', 'admitted', 'calibration', 'share', 'confidence'],
  ...['comparisons', 'mcnemar', 'onlyFirst', 'onlyOther', 'p', 'corrected', 'relative'],
  ...['examples', 'index', 'id', 'label', 'views', 'answers', 'prediction'],
  ...['units', 'theta', 'floor', 'floorHitFraction', 'exponentMin', 'exponentMax'],
]

const PLACES = new Map(KEYS.map((key, place) => [key, place]))

/** Bytes of example pictures. */
const LEFT_OUT = 'webp'

/** results.json, described by docs/robustness.schema.json. Numbers that are not finite are null. */
export function reportJson(report: RobustnessReport): string {
  return `${JSON.stringify(report, (_, value) => ordered(value), 2)}\n`
}

function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const place = (key: string) => PLACES.get(key) ?? PLACES.size
  const entries = Object.entries(value)
    .filter(([key]) => key !== LEFT_OUT)
    .sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1))
  return Object.fromEntries(entries)
}
