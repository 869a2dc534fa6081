import type { ReportEntry, ReportModel } from '../report-types.ts'
import { disclosure, htmlTable } from './html-table.ts'
import { plainText } from './labels.ts'
import { NOTHING } from './numbers.ts'
import type { Page } from './page.ts'

/**
 * What fixed each entry's networks and how they were trained, as their files tell it and config.json of a run names it: first
 * where entries differ, then all of it to be opened. Markup.
 */
export function trainingTables({ report, labels, numbering }: Page): string {
  const columns = report.entries.map(factsOf)
  const names = [...new Set(columns.flatMap((facts) => [...facts.keys()]))]
  const cells = (name: string) => columns.map((facts) => facts.get(name) ?? NOTHING)
  const differing = names.filter((name) => new Set(cells(name)).size > 1)
  const table = (caption: string, rows: readonly string[]) =>
    htmlTable({
      ...numbering.table(),
      caption,
      head: ['setting', ...labels],
      wraps: true,
      rows: rows.map((name) => [plainText(name), ...cells(name)]),
    })
  const first =
    differing.length === 0
      ? ''
      : table(
          'Where the entries differ in network and training, as their files tell it. Names are those of config.json of a run; a dash where a file does not say.',
          differing,
        )
  const all = table(
    'Networks and training of each entry as their files tell it; where its models differ, all values. Names are those of config.json of a run.',
    names,
  )
  return `${first}\n${disclosure('All settings of networks and training', all)}`
}

/** Of all models of an entry. */
function factsOf({ models }: ReportEntry): Map<string, string> {
  const values = new Map<string, Set<string>>()
  for (const model of models)
    for (const [name, value] of leavesOf(modelFacts(model)))
      values.set(name, (values.get(name) ?? new Set()).add(value))
  return new Map([...values].map(([name, each]) => [name, [...each].join(' / ')]))
}

function modelFacts({ architecture, settings, training }: ReportModel): Readonly<Record<string, unknown>> {
  const { secondLayer, fixedTheta, initialisation, exponentClip, ...common } = settings
  const { puregalaxy, dataHash, pictures, preset, recipe, engine } = training
  const told = {
    preset,
    recipe,
    'training pictures': pictures,
    'hash of the training data': dataHash,
    'trained by puregalaxy': puregalaxy,
    'training engine': engine,
  }
  return {
    architecture,
    ...common,
    // A ResNet has neither product units nor floors.
    ...(architecture.startsWith('pure') ? { secondLayer, fixedTheta, initialisation, exponentClip } : {}),
    ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== null)),
  }
}

/** Names and texts of all that is no object: `recipe optimiser name`. Lists are on one line. */
function leavesOf(value: Readonly<Record<string, unknown>>, before = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, item]): [string, string][] => {
    const name = `${before}${key}`
    if (Array.isArray(item)) return [[name, plainText(item.map(String).join(', '))]]
    if (typeof item === 'object' && item !== null)
      return leavesOf(item as Readonly<Record<string, unknown>>, `${name} `)
    return [[name, item === null ? 'none' : plainText(String(item))]]
  })
}
