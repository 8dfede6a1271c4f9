import { describe, expect, test } from 'vitest'
import { expectSame, expectSoon, StoryBroken } from '../../src/demo/expect.ts'
import type { Step, Story, ToldStep } from '../../src/demo/facts.ts'
import { steps, tellStory } from '../../src/demo/story.ts'

const step = (name: string, run: Step['run']): Step => ({ name, title: name, titleZh: name, run })
const good = (name: string): Step => step(name, async () => ({ lines: [`${name} was told`], figures: { name } }))
const nobody = {} as Story

describe('the story', () => {
  test('tells its steps in order and hears of each when it is over', async () => {
    const heard: string[] = []
    const told = await tellStory([good('first'), good('second')], nobody, (one, number) =>
      heard.push(`${number} ${one.name}`),
    )
    expect(heard).toEqual(['1 first', '2 second'])
    expect(told.map(({ ok, lines, figures }) => ({ ok, lines, figures }))).toEqual([
      { ok: true, lines: ['first was told'], figures: { name: 'first' } },
      { ok: true, lines: ['second was told'], figures: { name: 'second' } },
    ])
  })

  test('ends at the first step that does not hold, with what was expected and what came', async () => {
    const broken = step('broken', async () => {
      expectSame('amount of the fund', { hifp_pay: '124.99' }, { hifp_pay: '125.00' })
      return { lines: [], figures: {} }
    })
    const told = await tellStory([good('first'), broken, good('never')], nobody, () => {})
    expect(told.map((one: ToldStep) => [one.name, one.ok])).toEqual([
      ['first', true],
      ['broken', false],
    ])
    expect(told[1]?.lines).toEqual([
      'amount of the fund',
      'expected: {"hifp_pay":"125.00"}',
      'came:     {"hifp_pay":"124.99"}',
    ])
  })

  test('a fault that is no expectation breaks it as well', async () => {
    const faulty = step('faulty', async () => {
      throw new TypeError('nothing answers')
    })
    const [told] = await tellStory([faulty], nobody, () => {})
    expect(told).toMatchObject({ ok: false, figures: { failed: 'nothing answers' } })
  })

  test('has a name of its own for each step', () => {
    expect(new Set(steps.map((one) => one.name)).size).toBe(steps.length)
  })
})

describe('waiting for another process', () => {
  test('goes on as soon as it holds', async () => {
    let looks = 0
    const found = await expectSoon('three looks', { withinMs: 5_000, everyMs: 1 }, async () =>
      ++looks === 3 ? { done: looks } : { came: looks },
    )
    expect(found).toBe(3)
  })

  test('gives up at its limit and says what came instead', async () => {
    const waiting = expectSoon('never', { withinMs: 10, everyMs: 1 }, async () => ({ came: 'pending' }))
    const error = await waiting.catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(StoryBroken)
    expect(error).toMatchObject({ message: 'never', expected: 'within 10 ms', came: 'pending' })
  })
})
