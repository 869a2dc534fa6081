import { element, make } from './elements.ts'
import type { Model, ModelCard } from './server.ts'
import { count, percentage } from './words.ts'

/** Shows what a model is, what it is worth, and what it must not be trusted with, as far as the server says. */
export function showCard(model: Model): void {
  const { name, version, engine, inputSize, classes, card } = model
  const [height, width] = inputSize
  const facts: [term: string, fact: string][] = [
    ['Name', name],
    ['Version', version],
    ...(card === undefined ? [] : cardFacts(card)),
    [
      'Looks at',
      `${height} × ${width} pixels: the largest central part of a picture that has this shape, resized`,
    ],
    ['Classes', classes.map((each) => each.name).join(', ')],
    ['Runs on', engine],
  ]
  element('card-content', HTMLDivElement).replaceChildren(
    make(
      'dl',
      facts.flatMap(([term, fact]) => [make('dt', [term]), make('dd', [fact])]),
    ),
    ...worth(card),
    ...limits(card),
  )
}

function cardFacts({ architecture, parameters, trainingPictures }: ModelCard): [string, string][] {
  return [
    ['Architecture', `${architecture}, ${count(parameters)} parameters`],
    ...(trainingPictures === null
      ? []
      : ([['Trained with', `${count(trainingPictures)} pictures`]] satisfies [string, string][])),
  ]
}

function worth(card: ModelCard | undefined): Node[] {
  const heading = make('h3', ['What it is worth'])
  if (card === undefined || (card.tests.length === 0 && card.validation === null))
    return [heading, make('p', ['Nothing is known here of how often it is right.'])]
  const { tests, validation } = card
  const rows = [
    ...tests.map(({ pictures, count: n, accuracy, interval: [low, high] }) => [
      pictures,
      count(n),
      `${percentage(accuracy)}\u00a0% (${percentage(low)}\u2060–\u2060${percentage(high)})`,
    ]),
    ...(validation === null
      ? []
      : [
          [
            'set aside in its training: too favourable, as they chose what was kept',
            count(validation.count),
            `${percentage(validation.accuracy)}\u00a0%`,
          ],
        ]),
  ]
  const head = ['Pictures', 'Number', 'Right']
  const table = make('table', [
    make('caption', ['How often it is right, with 95 % intervals']),
    make('thead', [
      make(
        'tr',
        head.map((text) => make('th', [text], { scope: 'col' })),
      ),
    ]),
    make(
      'tbody',
      rows.map(([pictures, ...figures]) =>
        make('tr', [
          make('th', [pictures!], { scope: 'row' }),
          ...figures.map((figure) => make('td', [figure])),
        ]),
      ),
    ),
  ])
  return [heading, make('div', [table], { class: 'scroll' })]
}

function limits(card: ModelCard | undefined): Node[] {
  const sentences = [
    ...(card?.limits ?? []),
    ...(card?.calibrated === false
      ? ['No temperature was fitted: its probabilities were never compared with how often it is right.']
      : []),
    'Every picture gets an answer, of whatever it is.',
  ]
  return [
    make('h3', ['What it must not be trusted with']),
    make(
      'ul',
      sentences.map((sentence) => make('li', [sentence])),
    ),
  ]
}
