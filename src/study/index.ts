/**
 * The paper's claims put to the test: which networks are trained how often and how, what is read off their runs and
 * reports, and the verdicts. The rules stand in docs/study.md and are fixed before a study runs. This folder plans,
 * orders and judges; training and testing are those of `src/train` and `src/robustness`.
 */
export { type Convergence, convergenceOf } from './convergence.ts'
export { planStudy, STUDIES, type StudyOptions, type StudyPlan, type StudyRun } from './plan.ts'
export { runStudy, type StudyHooks, type StudyResult } from './run-study.ts'
export { studyText } from './study-text.ts'
export type { Claim, Verdict } from './verdicts.ts'
