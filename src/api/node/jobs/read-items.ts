import { PureGalaxyError } from '../../../errors.ts'
import { csvItems } from './csv-items.ts'
import { formItems } from './form-items.ts'
import type { JobItem, JobSource } from './job.ts'
import { ndjsonItems } from './ndjson-items.ts'

/** What rows may be. */
export interface ItemLimits {
  /** Characters of an identifier. */
  readonly idLength: number
  /** Bytes of a picture's file. */
  readonly pictureBytes: number
}

/** A way to send the rows of a job. */
export interface ItemReader {
  readonly source: JobSource
  /**
   * The rows of a body as they come.
   *
   * @throws PureGalaxyError where the body as a whole is not what it says it is; what is wrong with one position is told
   *   in its row
   */
  readonly items: (
    body: AsyncIterable<Uint8Array>,
    contentType: string,
    limits: ItemLimits,
  ) => AsyncIterable<JobItem>
}

const READERS: Readonly<Record<string, ItemReader>> = {
  'text/csv': { source: 'catalogue', items: csvItems },
  'application/x-ndjson': { source: 'catalogue', items: ndjsonItems },
  'multipart/form-data': { source: 'pictures', items: formItems },
}

/** Media types that a job may be sent as. */
export const JOB_MEDIA_TYPES: readonly string[] = Object.keys(READERS)

/** @throws PureGalaxyError `api.media-type` */
export function itemReader(contentType: string): ItemReader {
  const [type, ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase())
  const reader = READERS[type!]
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))
  if (reader === undefined)
    throw new PureGalaxyError(
      'api.media-type',
      `The Content-Type of a job must be one of ${JOB_MEDIA_TYPES.join(', ')}.`,
    )
  if (charset !== undefined && !/^charset="?(utf-8|us-ascii)"?$/.test(charset))
    throw new PureGalaxyError('api.media-type', 'The charset of a catalogue must be UTF-8.')
  return reader
}
