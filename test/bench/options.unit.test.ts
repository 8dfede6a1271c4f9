import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../bench/options.ts'

const KNOWN = [
  { name: 'verify', cases: ['distinct', 'repeated'] },
  { name: 'settle', cases: ['settle-pg', 'settle-redis'] },
]
const NAMES = ['verify', 'settle']

describe('the command line of the benches', () => {
  it('runs every bench for five seconds a case when nothing is said', () => {
    expect(parseOptions([], KNOWN)).toEqual({
      names: NAMES,
      only: undefined,
      seconds: 5,
      rounds: 5,
      json: false,
    })
  })

  it('takes names, length, rounds and form in any order', () => {
    const args = ['--json', 'settle', '--rounds', '3', '--seconds', '1', 'settle']
    expect(parseOptions(args, KNOWN)).toEqual({
      names: ['settle'],
      only: undefined,
      seconds: 1,
      rounds: 3,
      json: true,
    })
  })

  it('takes single cases and runs only the benches that have them', () => {
    expect(parseOptions(['--only', 'settle-pg,settle-redis'], KNOWN)).toMatchObject({
      names: ['settle'],
      only: new Set(['settle-pg', 'settle-redis']),
    })
  })

  it.each([
    [['cards'], 'There is no bench or option "cards"; the benches are verify, settle.'],
    [['--fast'], 'There is no bench or option "--fast"'],
    [['--only', 'distinct,fast'], 'There is no case "fast"; the cases are distinct, repeated, settle-pg'],
    [['verify', '--only', 'settle-pg'], 'There is no case "settle-pg"; the cases are distinct, repeated.'],
    [['--only'], 'There is no case ""'],
    [['--seconds'], '--seconds needs a whole number from 1 to 60'],
    [['--seconds', '0'], '--seconds needs a whole number from 1 to 60'],
    [['--seconds', '2.5'], '--seconds needs a whole number from 1 to 60'],
    [['--rounds', '2'], '--rounds needs a whole number from 3 to 20'],
  ])('refuses %j and says why', (args, message) => {
    expect(() => parseOptions(args, KNOWN)).toThrow(message)
  })
})
