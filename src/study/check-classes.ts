import { PureGalaxyError } from '../errors.ts'
import type { ClassScheme } from '../survey/index.ts'
import { STUDIES, type StudyPlan } from './plan.ts'

/**
 * Refuses data of other classes than the study's data set has: its verdicts would be about something else.
 *
 * @param path of the data
 * @throws PureGalaxyError `study.classes`
 */
export function checkStudyClasses({ study }: StudyPlan, path: string, { slugs }: ClassScheme): void {
  const { classes } = STUDIES[study]
  if (slugs.length === classes.slugs.length && slugs.every((slug, k) => slug === classes.slugs[k])) return
  const few = (names: readonly string[]) =>
    names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} … ${names.at(-1)}`
  throw new PureGalaxyError(
    'study.classes',
    `${path} has ${slugs.length} classes (${few(slugs)}); the study ${study} is of ${classes.slugs.length} others (${few(classes.slugs)}). ` +
      'Give it its own data set; puregalaxy train and puregalaxy robustness take any.',
  )
}
