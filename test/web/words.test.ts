import { describe, expect, it } from 'vitest'
import { answerSentence, levelText, movedSentence, percent, ranked, shallowerText } from '../../web/words.ts'

const answer = (...probabilities: number[]) =>
  probabilities.map((probability, at) => ({ name: 'ABCDE'[at]!, probability }))
const plain = (text: string) => text.replaceAll('\u00a0', ' ')

describe('the words of the page', () => {
  it('round probabilities to whole percents, and never to certainty', () => {
    expect([0, 0.009, 0.01, 0.555, 0.99, 0.991, 1].map((p) => plain(percent(p)))).toEqual([
      ...['< 1 %', '< 1 %', '1 %', '56 %', '99 %', '> 99 %', '> 99 %'],
    ])
  })

  it('keep the order of the model between classes that are as probable', () => {
    expect(ranked(answer(0.2, 0.4, 0.4)).map(({ name }) => name)).toEqual(['B', 'C', 'A'])
  })

  it('name the most probable class, and three more at most, of 5 % and above', () => {
    expect(plain(answerSentence(answer(0.03, 0.97)))).toBe('Most probable: B (97 %).')
    expect(plain(answerSentence(answer(0.3, 0.05, 0.65)))).toBe(
      'Most probable: C (65 %), before A (30 %) and B (5 %).',
    )
    expect(plain(answerSentence(answer(0.3, 0.25, 0.2, 0.15, 0.1)))).toBe(
      'Most probable: A (30 %), before B (25 %), C (20 %) and D (15 %).',
    )
  })

  it('call levels by their fraction and by what they cost in depth', () => {
    expect([1, 1 / 2, 1 / 32].map(levelText)).toEqual(['all', '1/2', '1/32'])
    expect([1, 1 / 2, 1 / 32].map(shallowerText)).toEqual(['–', '0.38 mag', '1.88 mag'])
  })

  it('say whether noise leaves the answer or changes it, and what becomes of the one before', () => {
    expect(plain(movedSentence(1 / 4, answer(0.8, 0.2), answer(0.6, 0.4)))).toBe(
      'With 1/4 of the exposure time it is still A: 60 %, and 80 % with all of it.',
    )
    expect(plain(movedSentence(1 / 4, answer(0.8, 0.2), answer(0.3, 0.7)))).toBe(
      'With 1/4 of the exposure time it becomes B (70 %). A has 30 % left of 80 %.',
    )
  })
})
