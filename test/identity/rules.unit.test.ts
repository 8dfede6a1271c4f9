import { describe, expect, it } from 'vitest'
import { checkAssertionClaims, decideScopes } from '../../src/identity/rules.ts'

const context = { clientId: 'his', audience: 'https://hub.example/oauth/token', nowS: 1_000_000, skewS: 5 }
const good = {
  iss: 'his',
  sub: 'his',
  aud: context.audience,
  jti: 'one',
  exp: 1_000_060,
  iat: 1_000_000,
  nbf: 1_000_000,
}
const check = (change: Record<string, unknown> = {}) => checkAssertionClaims({ ...good, ...change }, context)

describe('checkAssertionClaims', () => {
  it('takes good claims, also without iat and nbf, and an audience in a list of one', () => {
    expect(check()).toEqual([])
    expect(check({ iat: undefined, nbf: undefined, aud: [context.audience] })).toEqual([])
  })

  it('allows the clocks to differ by the skew and not by more', () => {
    expect(check({ exp: context.nowS - 4 })).toEqual([])
    expect(check({ exp: context.nowS - 5 })).toEqual(['exp lies 5 s in the past'])
    expect(check({ exp: context.nowS + 305 })).toEqual([])
    expect(check({ exp: context.nowS + 306 })).toEqual(['exp lies 306 s ahead, more than 300 s'])
    expect(check({ iat: context.nowS + 5, nbf: context.nowS + 5 })).toEqual([])
    expect(check({ iat: context.nowS + 6, nbf: context.nowS + 6 })).toEqual([
      'nbf lies in the future',
      'iat lies in the future',
    ])
  })

  it.each([undefined, null, '1000060', Number.NaN, Number.POSITIVE_INFINITY, 0, -5, [1_000_060]])(
    'refuses %j as exp: only a positive number of seconds counts',
    (exp) => {
      expect(check({ exp })).toEqual(['exp is required, in seconds'])
    },
  )

  it.each([undefined, '', 7, 'x'.repeat(256), 'a\0b'])('refuses a jti that cannot be remembered (case %#)', (jti) => {
    expect(check({ jti })).toEqual(['jti is required, 1 to 255 characters'])
  })

  it('refuses iat and nbf of another type', () => {
    expect(check({ iat: 'now', nbf: {} })).toEqual(['nbf lies in the future', 'iat lies in the future'])
  })

  it('names every reason at once', () => {
    expect(checkAssertionClaims({}, context)).toEqual([
      'iss and sub must both be the client id',
      'aud must be https://hub.example/oauth/token and nothing else',
      'exp is required, in seconds',
      'jti is required, 1 to 255 characters',
    ])
  })
})

describe('decideScopes', () => {
  const granted = ['cards.verify', 'people.read']

  it('grants everything when nothing is asked for', () => {
    expect(decideScopes('', granted)).toEqual({ granted })
    expect(decideScopes('  ', granted)).toEqual({ granted })
  })

  it('grants exactly what is asked for, each once', () => {
    expect(decideScopes('people.read  people.read', granted)).toEqual({ granted: ['people.read'] })
  })

  it('refuses the whole request for one scope too many', () => {
    expect(decideScopes('people.read audit.read', granted)).toEqual({ refused: ['audit.read'] })
  })

  it('knows no patterns: a scope is its exact name', () => {
    expect(decideScopes('people.*', granted)).toEqual({ refused: ['people.*'] })
    expect(decideScopes('PEOPLE.READ', granted)).toEqual({ refused: ['PEOPLE.READ'] })
  })
})
