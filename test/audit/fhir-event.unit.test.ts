import { describe, expect, it } from 'vitest'
import { readDateParameter } from '../../src/audit/date-span.ts'
import type { AuditEvent } from '../../src/audit/event.ts'
import { interactionOf } from '../../src/audit/interactions.ts'
import { readAuditSearch } from '../../src/audit/read-search.ts'
import { toAuditEvent } from '../../src/audit/to-audit-event.ts'
import { validateResource } from '../../src/fhir/index.ts'
import { readEvent } from './events.ts'

const HUB = 'https://hub.example'
const PERSON = '0198c5d2-0000-7000-8000-000000000001'
const NOW = new Date('2026-11-24T06:00:00Z')

function mapped(changes: Partial<AuditEvent>) {
  const {
    reasonCodes = [],
    fieldsTouched = [],
    ...event
  } = readEvent({ reasonCodes: [], fieldsTouched: [], ...changes })
  const given = Object.fromEntries(Object.entries(event).filter(([, value]) => value !== undefined)) as typeof event
  const record = { ...given, at: '2026-11-24T05:00:00.123Z', reasonCodes, fieldsTouched }
  return toAuditEvent({ eventNo: 7n, record: record as never }, HUB)
}

const agentOf = (event: ReturnType<typeof mapped>, code: string) =>
  event.agent.find((agent) => agent.type?.coding?.[0]?.code === code)
const whoOf = (event: ReturnType<typeof mapped>, code: string) => agentOf(event, code)?.who?.identifier?.value
const entityOf = (event: ReturnType<typeof mapped>, code: string) =>
  event.entity?.find((entity) => entity.type?.code === code)

describe('an event of the log in the form of BALP', () => {
  it('of a search has the query, the patient and the request, and names caller, hub and institution', () => {
    const event = mapped({ action: 'records.search', purpose: 'TREAT' })
    expect(event).toMatchObject({
      resourceType: 'AuditEvent',
      id: '7',
      type: { code: 'rest' },
      subtype: [{ code: 'search-type' }],
      action: 'E',
      outcome: '0',
      recorded: '2026-11-24T05:00:00.123Z',
    })
    // The parameters flow from the client (DCM 110153) to the hub (110152).
    expect(whoOf(event, '110153')).toBe('client-his-1')
    expect(agentOf(event, '110153')?.network).toEqual({ address: '192.0.2.7', type: '2' })
    expect(whoOf(event, '110152')).toBe(HUB)
    expect(agentOf(event, 'IRCP')).toMatchObject({
      requestor: true,
      who: { identifier: { value: 'H51010000001' } },
      purposeOfUse: [{ coding: [{ code: 'TREAT' }] }],
    })
    expect(entityOf(event, '1')?.what?.reference).toBe(`Patient/${PERSON}`)
    expect(Buffer.from(entityOf(event, '2')?.query ?? '', 'base64').toString()).toBe(
      `DiagnosticReport?patient=${PERSON}`,
    )
    expect(entityOf(event, 'XrequestId')?.what?.identifier?.value).toBe('req-1')
  })

  it('of a read has the record, and the data flow from the hub to the caller', () => {
    const event = mapped({ action: 'records.read' })
    expect(event).toMatchObject({ subtype: [{ code: 'read' }], action: 'R' })
    expect([whoOf(event, '110153'), whoOf(event, '110152')]).toEqual([HUB, 'client-his-1'])
    expect(entityOf(event, '2')).toMatchObject({ what: { identifier: { value: 'rec-1' } }, role: { code: '4' } })
  })

  it('of one hospital that was asked goes out from the hub to it, under the id of the same request', () => {
    const event = mapped({ action: 'records.ask-hospital', targetType: 'hospital', targetId: 'H51060300001' })
    expect([whoOf(event, '110153'), whoOf(event, '110152')]).toEqual([HUB, 'H51060300001'])
    expect(whoOf(event, 'IRCP')).toBe('H51010000001')
    expect(entityOf(event, 'XrequestId')?.what?.identifier?.value).toBe('req-1')
  })

  it('of a denial says why, what decided, and nothing of any record', () => {
    const refused = { result: 'refused', reasonCodes: ['consent.denied'], consentId: 'c-1' } as const
    const event = mapped({ action: 'records.search', ...refused })
    expect(event).toMatchObject({
      type: { code: '110113' },
      subtype: [{ code: 'AuthZ-Consent' }],
      action: 'E',
      outcome: '8',
      outcomeDesc: 'consent.denied',
    })
    expect(event.entity?.map((entity) => entity.type?.code)).toEqual(['1', 'Consent'])
    expect(event.agent.map((agent) => agent.type?.coding?.[0]?.code)).toEqual(['110150', 'IRCP', 'PROV', 'authserver'])
    const byRole = mapped({
      action: 'fhir.refuse',
      personRef: undefined,
      targetId: undefined,
      ...refused,
      consentId: undefined,
    })
    expect(byRole.subtype?.[0]?.code).toBe('AuthZ-Role')
  })

  it('of a message and its delivery are disclosures, imported and exported', () => {
    const message = { targetType: 'message', targetId: 'm-1' }
    const accepted = mapped({ action: 'routing.accept', ...message })
    expect(accepted).toMatchObject({ type: { code: '110107' }, subtype: [{ code: 'disclose' }], action: 'C' })
    const delivered = mapped({ action: 'routing.deliver', actorOrg: 'hub', onBehalfOf: 'H51060300001', ...message })
    expect(delivered).toMatchObject({ type: { code: '110106' }, subtype: [{ code: 'disclose' }], action: 'R' })
    expect([whoOf(delivered, '110153'), whoOf(delivered, '110152')]).toEqual([HUB, 'H51060300001'])
  })

  it.each([
    ['cards.verify', 'read'],
    ['people.search', 'query'],
    ['people.register', 'create'],
    ['people.end-guardian', 'update'],
    ['people.unmerge', 'update'],
    ['people.forget-local-id', 'delete'],
    ['healthcodes.purge', 'delete'],
    ['consent.list', 'query'],
    ['settlement.reverse', 'update'],
    ['routing.read-body', 'read'],
    ['brand.new-verb', 'operation'],
    // A word inside another one is not that word.
    ['people.readjust', 'operation'],
  ])('of %s is a %s', (action, name) => {
    expect(interactionOf({ action, result: 'allowed' }).name).toBe(name)
  })

  it('of a failure is a major one, and every form is a valid resource of R4', () => {
    for (const action of [
      'records.search',
      'records.read',
      'people.register',
      'routing.accept',
      'routing.deliver',
      'x.y',
    ]) {
      for (const result of ['allowed', 'refused', 'failed'] as const) {
        for (const changes of [
          {},
          { personRef: undefined, targetId: undefined, requestId: undefined, sourceAddress: undefined },
        ]) {
          const event = mapped({ action, result, reasonCodes: ['timeout'], fieldsTouched: ['name'], ...changes })
          expect(validateResource(event), `${action} ${result}`).toEqual([])
          expect(event.outcome).toBe({ allowed: '0', refused: '8', failed: '12' }[result])
        }
      }
    }
  })
})

describe('the date of a search', () => {
  const DAY = 86_400_000
  const at = (text: string) => Date.parse(text)

  it.each([
    ['2026-03-01', at('2026-02-28T16:00:00Z'), at('2026-03-01T16:00:00Z')],
    ['2026-12', at('2026-11-30T16:00:00Z'), at('2026-12-31T16:00:00Z')],
    ['2026', at('2025-12-31T16:00:00Z'), at('2026-12-31T16:00:00Z')],
    ['gt9999', at('9999-12-31T16:00:00Z'), Number.POSITIVE_INFINITY],
    ['0099-12', at('0099-11-30T16:00:00Z'), at('0099-12-31T16:00:00Z')],
    ['eq2026-03-01T08:00Z', at('2026-03-01T08:00:00Z'), at('2026-03-01T08:01:00Z')],
    ['2026-03-01T08:00:05+08:00', at('2026-03-01T00:00:05Z'), at('2026-03-01T00:00:06Z')],
    ['2026-03-01T08:00:05.25Z', at('2026-03-01T08:00:05.250Z'), at('2026-03-01T08:00:05.260Z')],
    ['ge2026-03-01', at('2026-02-28T16:00:00Z'), Number.POSITIVE_INFINITY],
    ['gt2026-03-01', at('2026-03-01T16:00:00Z'), Number.POSITIVE_INFINITY],
    ['lt2026-03-01', Number.NEGATIVE_INFINITY, at('2026-02-28T16:00:00Z')],
    ['le2026-03-01', Number.NEGATIVE_INFINITY, at('2026-03-01T16:00:00Z')],
  ])('%s is a span of time', (text, from, until) => {
    expect(readDateParameter(text)).toEqual({ from, until })
  })

  it.each([
    '',
    '2026-02-30',
    '2026-13',
    '26-01-01',
    'ap2026',
    '2026-01-01T24:00:00Z',
    '2026-01-01T10',
    'ge',
    '2026-01-01T25:00Z',
  ])('%j is none', (text) => {
    expect(readDateParameter(text)).toBeUndefined()
  })

  it('is needed where no patient is named, and covers a month at most', () => {
    const faults = (query: string) => {
      try {
        readAuditSearch([...new URLSearchParams(query)], NOW)
        return []
      } catch (error) {
        return (error as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer)
      }
    }
    expect(faults(`patient=${PERSON}`)).toEqual([])
    expect(faults('date=ge2026-11-01')).toEqual([])
    expect(faults('date=ge2026-09-01&date=lt2026-09-20')).toEqual([])
    expect(faults('')).toEqual(['date'])
    expect(faults('date=lt2026-11-01')).toEqual(['date'])
    expect(faults('date=ge2020-01-01')).toEqual(['date'])
    expect(faults(`date=ge${new Date(NOW.getTime() - 40 * DAY).toISOString().slice(0, 10)}`)).toEqual(['date'])
  })
})
