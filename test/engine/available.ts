import { type EngineName, listEngines } from '../../src/engine/index.ts'

export interface TestedEngine {
  readonly name: EngineName
  /** The engine's name; where it is not here, also that its tests are skipped. */
  readonly title: string
  readonly skip: boolean
}

/** Engines to be tested, those that have to be installed among them. */
export async function testedEngines(...names: EngineName[]): Promise<TestedEngine[]> {
  const engines = await listEngines()
  return names.map((name) => {
    const available = engines.find((engine) => engine.name === name)?.available ?? false
    return { name, title: available ? name : `${name} (skipped: it is not installed)`, skip: !available }
  })
}
