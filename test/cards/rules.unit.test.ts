import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CardAction,
  EVENT_OF,
  nextStep,
  type Standing,
  standingOf,
  statusOf,
  suspensionFor,
} from '../../src/cards/rules.ts'
import { CARD_STATUS } from '../../src/cards/types.ts'

const STANDINGS: readonly Standing[] = ['valid', 'suspended', 'lost', 'revoked']
const ACTIONS = Object.keys(EVENT_OF) as CardAction[]
const outcome = (standing: Standing, action: CardAction): string => {
  const step = nextStep(standing, action)
  return 'refused' in step ? `! ${step.refused}` : step.to
}

describe('the life of a card', () => {
  it.each<[Standing, Record<CardAction, string>]>([
    [
      'valid',
      {
        suspend: 'suspended',
        'report-loss': 'lost',
        restore: 'valid',
        revoke: 'revoked',
        renew: 'revoked',
        replace: '! not-lost',
      },
    ],
    [
      'suspended',
      {
        suspend: 'suspended',
        'report-loss': 'lost',
        restore: 'valid',
        revoke: 'revoked',
        renew: '! not-renewable',
        replace: '! not-lost',
      },
    ],
    [
      'lost',
      {
        suspend: 'lost',
        'report-loss': 'lost',
        restore: 'valid',
        revoke: 'revoked',
        renew: '! not-renewable',
        replace: 'revoked',
      },
    ],
    [
      'revoked',
      {
        suspend: '! status-final',
        'report-loss': '! status-final',
        restore: '! status-final',
        revoke: 'revoked',
        renew: '! status-final',
        replace: '! status-final',
      },
    ],
  ])('goes from %s where the rules say', (standing, expected) => {
    expect(Object.fromEntries(ACTIONS.map((action) => [action, outcome(standing, action)]))).toEqual(expected)
  })

  const actions = fc.array(fc.constantFrom(...ACTIONS), { maxLength: 30 })
  const live = (all: readonly CardAction[]): Standing[] => {
    const path: Standing[] = ['valid']
    for (const action of all) {
      const step = nextStep(path.at(-1) as Standing, action)
      path.push('refused' in step ? (path.at(-1) as Standing) : step.to)
    }
    return path
  }

  it('never leaves the standing revoked, whatever is done', () => {
    fc.assert(
      fc.property(actions, (all) => {
        const path = live(all)
        const first = path.indexOf('revoked')
        if (first >= 0) expect(new Set(path.slice(first))).toEqual(new Set(['revoked']))
      }),
    )
  })

  it('gives a card at most once for another: nothing renews or replaces it twice', () => {
    fc.assert(
      fc.property(actions, (all) => {
        const path = live(all)
        const given = all.filter(
          (action, at) =>
            (action === 'renew' || action === 'replace') && path[at] !== 'revoked' && path[at + 1] === 'revoked',
        )
        expect(given.length).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('does nothing twice: the same action again changes nothing more', () => {
    for (const standing of STANDINGS) {
      for (const action of ['suspend', 'report-loss', 'restore', 'revoke'] as const) {
        const step = nextStep(standing, action)
        if (!('refused' in step)) expect(nextStep(step.to, action)).toEqual({ to: step.to })
      }
    }
  })

  it('is read back from what is stored', () => {
    for (const standing of STANDINGS) {
      for (const reason of standing === 'lost' ? ['lost', 'stolen'] : [null, 'death', 'replaced']) {
        expect(standingOf({ status: CARD_STATUS[statusOf(standing)], reason })).toBe(standing)
      }
    }
  })

  it('counts a status that nobody knows as revoked', () => {
    for (const status of [3, -1, 99]) expect(standingOf({ status, reason: 'lost' })).toBe('revoked')
    expect(standingOf({ status: CARD_STATUS.valid, reason: 'lost' })).toBe('valid')
  })

  it('takes a suspension for loss as a report of loss', () => {
    expect(['lost', 'stolen', 'death', 'error'].map(suspensionFor)).toEqual([
      'report-loss',
      'report-loss',
      'suspend',
      'suspend',
    ])
  })
})
