import { describe, expect, it } from 'vitest'
import type { Connection } from '../../src/records/connection.ts'
import { chooseHospitals, whatWasLearnt } from '../../src/records/locate.ts'
import type { LocatorRow } from '../../src/records/locator-store.ts'
import type { SourceResult } from '../../src/records/types.ts'

const NOW = new Date('2026-11-24T08:00:00Z')
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000)
const [A, B] = ['H51010400001', 'H51060300001']

const hospital = (institution: string, more: { enabled?: boolean; notifies?: string[] } = {}) =>
  ({ hospital: { institution, enabled: true, notifies: [], ...more } }) as unknown as Connection
const link = (institution: string, linked: boolean, seenAt: Date): LocatorRow => ({
  institution,
  type: null,
  linked,
  seenAt,
})
const holds = (institution: string, type: string, seenAt: Date): LocatorRow => ({
  institution,
  type,
  linked: true,
  seenAt,
})

function choose(connections: readonly Connection[], known: readonly LocatorRow[], type = 'Observation') {
  const { asked, notAsked } = chooseHospitals(connections, known, { type, now: NOW })
  return {
    asked: asked.map((one) => one.hospital.institution),
    notAsked: Object.fromEntries(notAsked.map((one) => [one.source, `${one.state} ${one.issue?.code}`])),
  }
}

describe('whom to ask', () => {
  it.each<[string, Connection, LocatorRow[], string]>([
    ['nothing is known of it', hospital(A), [], 'asked'],
    ['it knows the person', hospital(A), [link(A, true, ago(600))], 'asked'],
    ['it did not know the person a moment ago', hospital(A), [link(A, false, ago(9))], 'not-linked not-found'],
    ['it did not know the person long ago', hospital(A), [link(A, false, ago(11))], 'asked'],
    [
      'it did not know the person, and announced something since',
      hospital(A),
      [link(A, false, ago(9)), holds(A, 'Observation', ago(8))],
      'asked',
    ],
    [
      'it announced something, and did not know the person since',
      hospital(A),
      [link(A, false, ago(8)), holds(A, 'Observation', ago(9))],
      'not-linked not-found',
    ],
    [
      'one id of the person was not known a moment ago, another was known since',
      hospital(A),
      [link(A, true, ago(1)), link(A, false, ago(5))],
      'asked',
    ],
    ['it announces, and announced nothing', hospital(A, { notifies: ['Observation'] }), [], 'not-asked incomplete'],
    [
      'it announces, and announced another type',
      hospital(A, { notifies: ['Observation'] }),
      [holds(A, 'Immunization', ago(1))],
      'not-asked incomplete',
    ],
    [
      'it announces, and announced this type years ago',
      hospital(A, { notifies: ['Observation'] }),
      [holds(A, 'Observation', ago(2_000_000))],
      'asked',
    ],
    ['it announces other types only', hospital(A, { notifies: ['Immunization'] }), [], 'asked'],
    ['it is switched off', hospital(A, { enabled: false }), [holds(A, 'Observation', ago(1))], 'skipped not-supported'],
    [
      'only another holds something',
      hospital(A, { notifies: ['Observation'] }),
      [holds(B, 'Observation', ago(1))],
      'not-asked incomplete',
    ],
  ])('%s', (_why, connection, known, expected) => {
    const { asked, notAsked } = choose([connection], known)
    expect(asked.length === 1 ? 'asked' : notAsked[A]).toBe(expected)
  })

  it('names a house that holds such records and is not connected, once', () => {
    const known = [holds(B, 'Observation', ago(1)), holds(B, 'Immunization', ago(1)), link(B, true, ago(1))]
    expect(choose([hospital(A)], known)).toEqual({ asked: [A], notAsked: { [B]: 'skipped not-supported' } })
    expect(choose([hospital(A)], known, 'Procedure')).toEqual({ asked: [A], notAsked: {} })
  })
})

describe('what a search teaches', () => {
  const began = NOW
  const result = (state: SourceResult['state'], types: string[] = []) =>
    ({
      source: A,
      state,
      found: types.map((resourceType) => ({ resource: { resourceType } })),
      included: [],
    }) as unknown as SourceResult
  const learn = (known: LocatorRow[], one: SourceResult) => whatWasLearnt(known, [one], { personId: 'p', began })

  it('where the person is known and what is held there, from the moment at which the search began', () => {
    expect(learn([], result('ok', ['Observation', 'Observation', 'Specimen']))).toEqual({
      links: [{ institution: A, linked: true, seenAt: began }],
      holdings: [
        { personId: 'p', institution: A, types: ['Observation', 'Specimen'], seenAt: began, learntFrom: 'search' },
      ],
    })
  })

  it.each(['failed', 'cancelled', 'skipped', 'not-asked'] as const)('nothing where it was %s', (state) => {
    expect(learn([], result(state, ['Observation']))).toEqual({ links: [], holdings: [] })
  })

  it('nothing that is known already: a read should not cost a write', () => {
    const known = [link(A, true, ago(60)), holds(A, 'Observation', ago(60))]
    expect(learn(known, result('ok', ['Observation']))).toEqual({ links: [], holdings: [] })
    const old = [link(A, true, ago(1500)), holds(A, 'Observation', ago(1500))]
    expect(learn(old, result('ok', ['Observation'])).holdings).toHaveLength(1)
  })

  it('that the person is not known, anew each time the last answer has run out', () => {
    expect(learn([link(A, true, ago(60))], result('not-linked')).links).toEqual([
      { institution: A, linked: false, seenAt: began },
    ])
    expect(learn([link(A, false, ago(5))], result('not-linked')).links).toEqual([])
    expect(learn([link(A, false, ago(11))], result('not-linked')).links).toHaveLength(1)
  })
})
