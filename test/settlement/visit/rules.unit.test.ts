import { describe, expect, it } from 'vitest'
import {
  MED_TYPES,
  MID_SETTLEMENT,
  needsDisease,
  ORDERS,
  stateOf,
  stepOf,
  type VisitFacts,
} from '../../../src/settlement/visit/rules.ts'
import type { VisitKind } from '../../../src/settlement/visit/types.ts'

const KINDS: readonly VisitKind[] = ['outpatient', 'inpatient', 'pharmacy']
const flags = [false, true]

const everyFacts = (kind: VisitKind): VisitFacts[] =>
  flags.flatMap((cancelled) =>
    flags.flatMap((noted) =>
      flags.flatMap((ended) =>
        flags.flatMap((open) =>
          flags.flatMap((pending) =>
            flags.map((settled) => ({ kind, cancelled, noted, ended, open, pending, settled })),
          ),
        ),
      ),
    ),
  )

describe('the order of the transactions of a visit', () => {
  it.each(KINDS)('has a row for every state that a visit of kind %s can be in, and no other', (kind) => {
    const facts = everyFacts(kind).filter((one) => kind !== 'pharmacy' || !one.cancelled)
    expect(new Set(facts.map(stateOf))).toEqual(new Set(Object.keys(ORDERS[kind].states)))
  })

  it.each(KINDS)('says in every state what every transaction of kind %s may do', (kind) => {
    const { calls, states } = ORDERS[kind]
    const known = /^(ok|done|wait|2[0-9]{3})$/
    for (const [state, row] of Object.entries(states)) {
      expect(row.length, state).toBe(calls.length)
      for (const step of row) expect(step, state).toMatch(known)
    }
  })

  it('never lets anything that settles, changes or undoes happen while a settlement has no outcome', () => {
    for (const kind of KINDS) {
      for (const call of ORDERS[kind].calls) {
        // Lines of another batch may come.
        expect(stepOf(kind, 'settling', call, true), call).toBe(call === '2204' ? 'ok' : 'wait')
      }
    }
  })

  it('never takes back what stands on something later', () => {
    for (const state of Object.keys(ORDERS.outpatient.states).filter((one) => one.endsWith('settled'))) {
      expect(stepOf('outpatient', state, '2202', true)).toBe('2208')
    }
    for (const state of ['mid-settled', 'mid-charged', 'discharged-mid', 'settled']) {
      expect(stepOf('inpatient', state, '2404', true)).toBe('2305')
    }
    expect(stepOf('inpatient', 'settled', '2405', true)).toBe('2305')
  })

  it('settles a stay after its end, or before it where the area says so', () => {
    expect(stepOf('inpatient', 'charged', '2304', true)).toBe('2402')
    expect(stepOf('inpatient', 'charged', '2304', false)).toBe('ok')
    expect(stepOf('inpatient', 'admitted', '2304', false)).toBe('2301')
    expect(stepOf('inpatient', 'charged', MID_SETTLEMENT, true)).toBe('ok')
    expect(stepOf('inpatient', 'discharged', MID_SETTLEMENT, false)).toBe('2405')
    expect(stepOf('inpatient', 'discharged', '2304', false)).toBe('ok')
  })

  it('has no place for a transaction of another kind of visit', () => {
    expect(() => stepOf('outpatient', 'noted', '2304', true)).toThrow(TypeError)
    expect(() => stepOf('outpatient', 'admitted', '2207', true)).toThrow(TypeError)
  })

  it('knows the kinds of care of each kind of visit, and which names a disease', () => {
    expect(MED_TYPES).toEqual({ outpatient: ['11', '14'], inpatient: ['21'], pharmacy: ['41'] })
    expect([needsDisease('14'), needsDisease('11')]).toEqual([true, false])
  })
})
