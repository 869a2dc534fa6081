import { PureGalaxyError } from '../../../../errors.ts'
import type { ClassScheme } from '../../../../survey/galaxy10.ts'
import type { Job, JobSource, JobState } from '../job.ts'
import type { Connection } from './connection.ts'

/** A row of the table `jobs`. */
export interface StoredJob {
  readonly number: number
  readonly id: string
  readonly owner: string
  /** Beside the states that are seen: not accepted yet, and removed but not all of it. */
  readonly state: JobState | 'receiving' | 'removed'
  readonly source: JobSource
  readonly model: string
  readonly model_version: string
  readonly classes: string
  readonly fingerprint: string | null
  readonly rows: number
  readonly done: number
  readonly refused: number
  readonly sequence: number
  readonly created: number
  readonly started: number | null
  readonly finished: number | null
  readonly updated: number
}

export function jobOf(stored: StoredJob): Job {
  const { id, owner, source, model, rows, done, refused, sequence, created, updated } = stored
  return {
    ...{ id, owner, source, model, rows, done, refused, sequence, created, updated },
    state: stored.state as JobState,
    modelVersion: stored.model_version,
    classes: JSON.parse(stored.classes) as ClassScheme,
    ...(stored.started === null ? {} : { started: stored.started }),
    ...(stored.finished === null ? {} : { finished: stored.finished }),
  }
}

/** Whether nobody sees a job: not yet, or not any more. */
export const isHidden = ({ state }: StoredJob): boolean => state === 'receiving' || state === 'removed'

export const lookUpJob = (connection: Connection, id: string): StoredJob | undefined =>
  connection.one<StoredJob>('SELECT * FROM jobs WHERE id = ?', id)

/** @throws PureGalaxyError `api.no-such-job` */
export function storedJob(connection: Connection, id: string): StoredJob {
  const stored = lookUpJob(connection, id)
  if (stored === undefined) throw noSuchJob()
  return stored
}

export const noSuchJob = (): PureGalaxyError =>
  new PureGalaxyError('api.no-such-job', 'There is no such job, or there is none any more.')
