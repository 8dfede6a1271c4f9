import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../bench/options.ts'

const KNOWN = ['verify', 'settle']

describe('the command line of the benches', () => {
  it('runs every bench for five seconds a case when nothing is said', () => {
    expect(parseOptions([], KNOWN)).toEqual({ names: KNOWN, seconds: 5, rounds: 5, json: false })
  })

  it('takes names, length, rounds and form in any order', () => {
    const args = ['--json', 'settle', '--rounds', '3', '--seconds', '1', 'settle']
    expect(parseOptions(args, KNOWN)).toEqual({ names: ['settle'], seconds: 1, rounds: 3, json: true })
  })

  it.each([
    [['cards'], 'There is no bench or option "cards"; the benches are verify, settle.'],
    [['--fast'], 'There is no bench or option "--fast"'],
    [['--seconds'], '--seconds needs a whole number from 1 to 60'],
    [['--seconds', '0'], '--seconds needs a whole number from 1 to 60'],
    [['--seconds', '2.5'], '--seconds needs a whole number from 1 to 60'],
    [['--rounds', '2'], '--rounds needs a whole number from 3 to 20'],
  ])('refuses %j and says why', (args, message) => {
    expect(() => parseOptions(args, KNOWN)).toThrow(message)
  })
})
