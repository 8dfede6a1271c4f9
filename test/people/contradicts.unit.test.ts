import { expect, it } from 'vitest'
import { contradicts } from '../../src/people/contradicts.ts'

const row = { name: '示例女', birthDate: '1987-05-03', sex: 'female' } as const
const nothing = { names: [], birthDate: null, sex: null }

it.each<[string, object, boolean]>([
  ['nothing', {}, false],
  ['the same in full width', { names: ['示例女 '] }, false],
  ['one of two spellings', { names: ['MA LI', '示例女'] }, false],
  ['no letter at all', { names: ['。'] }, false],
  ['another name', { names: ['李四'] }, true],
  ['the name of a sister', { names: ['示范女子'] }, true],
  ['the month', { birthDate: '1987-05' }, false],
  ['another month', { birthDate: '1987-06' }, true],
  ['day and month exchanged', { birthDate: '1987-03-05' }, true],
  ['the other sex', { sex: 'male' }, true],
])('what is said of a person, %s, contradicts or not', (_, said, expected) => {
  expect(contradicts([row], { ...nothing, ...said })).toBe(expected)
})

it('a person of merged rows has the names and dates of all of them', () => {
  const passport = { name: 'Anna Maria Example', birthDate: '1987-03-05', sex: 'female' } as const
  const both = [row, passport]
  expect(contradicts(both, { names: ['EXAMPLE ANNA'], birthDate: '1987-03-05', sex: 'female' })).toBe(false)
  expect(contradicts([row], { names: ['示例女'], birthDate: '1987-03-05', sex: null })).toBe(true)
  expect(contradicts(both, { names: ['示例女'], birthDate: '1987-05-03', sex: null })).toBe(false)
  expect(contradicts(both, { ...nothing, names: ['EXAMPLE BERTA'] })).toBe(true)
  expect(contradicts(both, { ...nothing, names: ['ANNA'] })).toBe(true)
})
