import { parseCutout } from '../src/survey/cutout.ts'
import { showBars } from './bars.ts'
import { showCard } from './card.ts'
import { takeDroppedFiles } from './drop.ts'
import { element, make } from './elements.ts'
import { expose, illustrationReason, LEVELS, MOST_NOISY_PIXELS } from './exposure.ts'
import { decodePicture, encodePng, type Pixels, showPixels } from './picture.ts'
import { Problem } from './problem.ts'
import { type Model, type Send, Server } from './server.ts'
import { showTrail } from './trail.ts'
import { answerSentence, type ClassProbability, levelText, movedSentence, shallowerText } from './words.ts'

/** A picture that was given. */
interface Given {
  readonly file: Blob
  readonly name: string
  /** Arcsec per pixel, where it is known. */
  readonly pixelScale?: number
}

/** What is known of the picture that is shown; everything seen is drawn from this. */
interface Shown {
  readonly given: Given
  /** Undefined where the browser cannot draw it. */
  readonly pixels: Pixels | undefined
  /** By level. */
  readonly noisy: Map<number, Pixels>
  readonly answers: Map<number, readonly ClassProbability[]>
}

const problem = element('problem', HTMLParagraphElement)
const answer = element('answer', HTMLElement)
const said = element('said', HTMLParagraphElement)
const moved = element('moved', HTMLParagraphElement)
const slider = element('exposure', HTMLInputElement)
const modelChoice = element('model', HTMLSelectElement)

let server: Server
let models: readonly Model[] = []
let given: Given | undefined
let shown: Shown | undefined
let seed = 1
/** Of the work in hand; what comes next ends it. */
let work = new AbortController()

const model = (): Model => models[modelChoice.selectedIndex]!
const sliderLevel = (): number => LEVELS[slider.valueAsNumber]!

/** Does what a person asked for, in the place of what was being done; tells what goes wrong. */
async function act(task: (signal: AbortSignal) => Promise<void>): Promise<void> {
  work.abort()
  work = new AbortController()
  const { signal } = work
  problem.textContent = ''
  answer.setAttribute('aria-busy', 'true')
  try {
    await task(signal)
  } catch (error) {
    if (signal.aborted) return
    problem.textContent = error instanceof Problem ? error.message : `The page failed: ${String(error)}`
    problem.scrollIntoView({ block: 'nearest' })
    if (shown === undefined) said.textContent = 'There is no answer.'
  } finally {
    if (!signal.aborted) answer.removeAttribute('aria-busy')
  }
}

/** Classifies what was given, and shows the answer. */
async function look(next: Given, signal: AbortSignal): Promise<void> {
  if (models.length === 0) {
    said.textContent = 'The picture waits for the model …'
    await start()
  }
  given = next
  said.textContent = 'The model looks at the picture …'
  clear()
  const [pixels, clean] = await Promise.all([
    decodePicture(next.file),
    server.classify(next.file, model(), signal),
  ])
  signal.throwIfAborted()
  shown = { given: next, pixels, noisy: new Map(), answers: new Map([[1, clean]]) }
  // The answer is there; what follows is drawn beside it.
  answer.removeAttribute('aria-busy')
  slider.value = '0'
  render()
  await addNoise(shown, signal)
}

/** Draws noise of every level, the mildest first, and asks what the model says of it. */
async function addNoise({ given, pixels, noisy, answers }: Shown, signal: AbortSignal): Promise<void> {
  if (pixels === undefined || isTooLarge(pixels)) return
  for (const level of LEVELS.slice(1)) {
    const picture = expose(pixels, level, seed, given.pixelScale)
    const classes = await server.classify(await encodePng(picture), model(), signal)
    signal.throwIfAborted()
    noisy.set(level, picture)
    answers.set(level, classes)
    render()
  }
}

const isTooLarge = ({ height, width }: Pixels): boolean => height * width > MOST_NOISY_PIXELS

function clear(): void {
  shown = undefined
  for (const id of ['bars', 'noise', 'picture']) element(id, HTMLElement).hidden = true
}

/** Draws what is known. */
function render(): void {
  if (shown === undefined) return
  const { answers } = shown
  const level = sliderLevel()
  const clean = answers.get(1)!
  const now = answers.get(level)
  showBars(clean, now ?? clean)
  showPicture(shown, level)
  showTrail(LEVELS, answers, level)
  say(said, answerSentence(clean, level !== 1))
  const text = level === 1 ? 'all' : `${levelText(level)}, ${shallowerText(level)} shallower`
  element('level', HTMLOutputElement).textContent = text
  slider.setAttribute('aria-valuetext', text)
  const sentence =
    level === 1
      ? 'The picture as it is.'
      : now === undefined
        ? 'The model has not looked at this one yet.'
        : movedSentence(level, clean, now)
  say(moved, sentence)
}

/** Screen readers say what is written anew, changed or not. */
function say(place: HTMLElement, sentence: string): void {
  if (place.textContent !== sentence) place.textContent = sentence
}

function showPicture({ given, pixels, noisy }: Shown, level: number): void {
  element('picture', HTMLElement).hidden = pixels === undefined
  element('noise', HTMLDivElement).hidden = pixels === undefined || isTooLarge(pixels)
  if (pixels === undefined) return
  const visible = noisy.get(level)
  const canvas = element('canvas', HTMLCanvasElement)
  showPixels(canvas, visible ?? pixels)
  const { height, width } = pixels
  const noise = visible === undefined ? '' : `, with the noise of ${levelText(level)} of its exposure time`
  const caption = `${given.name}, ${width} × ${height} pixels${noise}`
  canvas.setAttribute('aria-label', caption)
  element('caption', HTMLElement).textContent = isTooLarge(pixels)
    ? `${caption}. It is too large for the slider of noise, which takes pictures of up to 1024 × 1024 pixels: cut the galaxy out.`
    : caption
  const reason = illustrationReason(pixels)
  const note = element('illustration', HTMLParagraphElement)
  note.textContent = reason ?? ''
  note.hidden = reason === undefined
}

function giveFile(file: File): void {
  void act((signal) => look({ file, name: file.name }, signal))
}

/** Asks the server what it serves, once. */
async function start(): Promise<void> {
  const served = await server.served()
  models = served.models
  modelChoice.replaceChildren(...models.map(({ name }) => make('option', [name])))
  element('choose-model', HTMLParagraphElement).hidden = models.length < 2
  element('position', HTMLFormElement).hidden = !served.positions
  showCard(model())
}

function readPosition() {
  const number = (id: string) => {
    const text = element(id, HTMLInputElement).value.trim()
    // Much of the world writes 12,5, and printed pages have another sign for minus.
    return text === '' ? undefined : Number(text.replace(',', '.').replace('−', '-'))
  }
  try {
    const { ra, dec, pixelScale } = parseCutout({
      ra: number('ra'),
      dec: number('dec'),
      pixelScale: number('pixel-scale'),
    })
    return { ra, dec, pixelScale: pixelScale! }
  } catch (cause) {
    const message = (cause as Error).message.replace(/^\w+/, (name) => FIELDS[name] ?? name)
    throw new Problem(message, { cause })
  }
}

/** What the page calls the numbers of a position. */
const FIELDS: Readonly<Record<string, string>> = {
  ra: 'Right ascension',
  dec: 'Declination',
  pixelScale: 'Pixel scale',
}

/**
 * Brings index.html, whose script calls this, to life. Once in the life of a document.
 *
 * @param send answers what the page asks of the API
 */
export function openPage(send: Send): void {
  server = new Server(send)
  element('file', HTMLInputElement).addEventListener('click', ({ target }) => {
    // A file that was refused can be chosen once more: else nothing would have changed.
    ;(target as HTMLInputElement).value = ''
  })
  element('file', HTMLInputElement).addEventListener('change', ({ target }) => {
    const file = (target as HTMLInputElement).files?.[0]
    if (file !== undefined) giveFile(file)
  })
  takeDroppedFiles(giveFile, (message) => {
    problem.textContent = message
  })
  element('position', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault()
    void act(async (signal) => {
      const position = readPosition()
      element('file', HTMLInputElement).value = ''
      said.textContent = 'The server fetches the picture …'
      clear()
      const file = await server.fetchCutout(position, signal)
      const { ra, dec, pixelScale } = position
      await look({ file, name: `Right ascension ${ra}°, declination ${dec}°`, pixelScale }, signal)
    })
  })
  modelChoice.addEventListener('change', () => {
    showCard(model())
    const again = given
    if (again !== undefined) void act((signal) => look(again, signal))
  })
  slider.addEventListener('input', render)
  element('redraw', HTMLButtonElement).addEventListener('click', () => {
    const current = shown
    if (current === undefined) return
    seed++
    for (const level of LEVELS.slice(1)) {
      current.noisy.delete(level)
      current.answers.delete(level)
    }
    render()
    void act((signal) => addNoise(current, signal))
  })
  element('levels', HTMLDataListElement).replaceChildren(
    ...LEVELS.map((level, at) => make('option', [], { value: String(at), label: levelText(level) })),
  )
  void act(start)
}
