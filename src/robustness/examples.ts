import { encodeWebp } from '../io/pictures/encode-webp.ts'
import type { NoiseProtocol } from '../noise/index.ts'
import { type Dose, prepareForModel } from './noisy-pictures.ts'
import { storedPass } from './protocol-reports.ts'
import type { Example, ExampleView } from './report-types.ts'
import type { Judged } from './test-robustness.ts'

/**
 * Pictures of different classes, as they are and at every level, with what each entry's first model says of them. They
 * are chosen by their place alone, the first of each class in the data, classes evenly spaced: not by how models fare.
 *
 * @param count at most
 */
export async function examplePictures(
  judged: Judged,
  protocol: NoiseProtocol,
  count: number,
): Promise<Example[]> {
  const { dataset, pictures, geometry } = judged.measure
  const firsts = [...new Set(pictures.labels)]
    .sort((a, b) => a - b)
    .map((label) => pictures.labels.indexOf(label))
  const chosen = Array.from({ length: Math.min(count, firsts.length) }, (_, at) =>
    Math.floor((at * firsts.length) / Math.min(count, firsts.length)),
  ).map((at) => firsts[at]!)
  // What a person is shown are the pixels that the noise is drawn on.
  const shown = protocol.pixels === 'stored' ? { ...geometry, input: geometry.stored } : geometry
  const examples: Example[] = []
  for (const position of chosen) {
    const index = pictures.rows[position]!
    const views: ExampleView[] = []
    for (const level of [null, ...protocol.levels]) {
      const dose: Dose | null = level === null ? null : { protocol, level, seed: judged.seeds[0]! }
      const stored = new Uint8Array(dataset.height * dataset.width * 3)
      await dataset.read([index], stored)
      const { pictures: data } = await prepareForModel(shown, dose, stored, [index])
      views.push({
        level,
        webp: await encodeWebp({ data, ...shown.input }),
        answers: judged.entries.map(({ models }) => {
          const { predictions, confidences } = storedPass(judged, models[0]!.fingerprint, dose)
          return { prediction: predictions[position]!, confidence: confidences[position]! }
        }),
      })
    }
    examples.push({
      index,
      id: dataset.ids?.[index] ?? String(index),
      label: pictures.labels[position]!,
      views,
    })
  }
  return examples
}
