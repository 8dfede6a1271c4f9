import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { checkGroup } from '../../src/audit/check-group.ts'
import { groupEvents } from '../../src/audit/group-events.ts'
import type { AuditEvent } from '../../src/audit/index.ts'
import { AppError } from '../../src/kernel/errors.ts'
import { readEvent } from './events.ts'

const checkEvent = (event: AuditEvent): void => groupEvents([event]).forEach(checkGroup)

function problemsOf(changes: Partial<AuditEvent>): readonly string[] {
  try {
    checkEvent(readEvent(changes))
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    expect(error.code).toBe('audit.event-invalid')
    return error.errors.map((problem) => problem.pointer)
  }
  return []
}

// Synthetic: the birth date lies in the future and the sequence is not assigned.
const RESIDENT_ID = `510104${'20991231'}0019`

describe('an audit event', () => {
  test('of opaque ids and codes is accepted', () => {
    expect(problemsOf({})).toEqual([])
    expect(
      problemsOf({ targetId: undefined, personRef: undefined, requestId: undefined, reasonCodes: undefined }),
    ).toEqual([])
    expect(problemsOf({ fieldsTouched: ['/identifiers/0/value', 'name'] })).toEqual([])
  })

  test.each<[string, Partial<AuditEvent>, string]>([
    ['an identity number as target', { targetId: RESIDENT_ID }, 'targetId'],
    ['an identity number inside a target', { targetId: `person:${RESIDENT_ID}` }, 'targetId'],
    ['an identity number as request id', { requestId: RESIDENT_ID.replace(/9$/, 'X') }, 'requestId'],
    ['a mobile number as actor', { actor: '13800000000' }, 'actor'],
    ['a mobile number with country code', { onBehalfOf: '+8613800000000' }, 'onBehalfOf'],
    ['a Chinese name', { actor: '张三' }, 'actor'],
    ['a sentence', { targetId: 'the report of Monday' }, 'targetId'],
    ['a number in place of a code', { reasonCodes: [RESIDENT_ID] }, 'reasonCodes'],
    ['a value in place of a field name', { fieldsTouched: ['name=张三'] }, 'fieldsTouched'],
    ['a person who is not an internal id', { personRef: 'P-1' }, 'personRef'],
    ['an empty purpose', { purpose: '' }, 'purpose'],
    ['an over-long id', { orderId: 'x'.repeat(129) }, 'orderId'],
    ['a list without end', { reasonCodes: Array.from({ length: 257 }, () => 'a') }, 'reasonCodes'],
  ])('with %s is refused', (_, changes, field) => {
    expect(problemsOf(changes)).toEqual([field])
  })

  test('is refused with all its problems, none of which repeats a value', () => {
    expect(problemsOf({ actor: '', purpose: ' ', targetId: RESIDENT_ID })).toEqual(['purpose', 'actor', 'targetId'])
    try {
      checkEvent(readEvent({ targetId: RESIDENT_ID }))
    } catch (error) {
      expect(inspect(error, { depth: 10 })).not.toContain(RESIDENT_ID)
    }
  })

  test('with a long number that merely contains such digits is accepted', () => {
    expect(problemsOf({ requestId: `H51010000001${'20260101083000'}0001`, targetId: '0198c5d2-13800000000a' })).toEqual(
      [],
    )
    expect(problemsOf({ requestId: `9${RESIDENT_ID}7` })).toEqual([])
  })
})

describe('events that differ only in target, person and request', () => {
  test('are one group, in their order, and others are not', () => {
    const one = readEvent({})
    const events = [one, readEvent({ purpose: 'other' }), { ...one, targetId: 't2', requestId: 'r2' }, one]
    const groups = groupEvents(events)
    const orders = groups.map((group) => group.items.map(([, , all]) => all.map(([order]) => order)))
    expect(orders).toEqual([[[0], [2], [3]], [[1]]])
    expect(groups[0]?.items[1]).toEqual(['t2', one.personRef ?? null, [[2, 'r2']]])
    const same = groupEvents([one, { ...one, requestId: 'r2' }])
    expect(same[0]?.items.map(([, , all]) => all.length)).toEqual([2])
    for (const changes of [{ reasonCodes: ['other'] }, { sourceAddress: '192.0.2.9' }, { onBehalfOf: 'other' }]) {
      expect(groupEvents([one, readEvent(changes)])).toHaveLength(2)
    }
  })
})
