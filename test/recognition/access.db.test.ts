import { beforeAll, describe, expect, it } from 'vitest'
import type { Consent } from '../../src/consent/consent-store.ts'
import { CODES } from '../records/exchange.ts'
import { useDatabase } from '../support/database.ts'
import { sayConsent } from '../support/say-consent.ts'
import { byItem, useDesk } from './desk.ts'

const { hub, ask, decide, report, seeded } = useDesk(useDatabase(), { YMT_RECOGNITION_DEADLINE_MS: '1500' })
const READER = CODES[1]

const close = (index: number, change: Partial<Consent>) =>
  sayConsent(hub.deps, { personId: hub.people[index]?.personId ?? '', recipients: [READER], ...change })

const check = async (index: number) => {
  const body = { personId: hub.people[index]?.personId, items: [{ code: 'HBA1C' }], visit: { kind: 'outpatient' } }
  const response = await ask('POST', '/recognition/check-order', { institution: READER, body })
  return response.json<{
    items: { verdict: string; hits: { code: string }[]; found: { issuer: { code: string } }[] }[]
    sources: { institution: string; state: string }[]
    complete: boolean
  }>()
}

beforeAll(seeded)

describe('a person who closed the records for the reader', () => {
  beforeAll(() => close(0, {}))

  it('is not permitted (E04), whether the result exists or not, and no hospital is asked', async () => {
    const seen = hub.peers.map((one) => one.seen.length)
    for (const id of ['r000001-1-HBA1C', 'r999999-1-HBA1C']) {
      const { body, status } = await decide({
        ...report('HBA1C'),
        result: { institution: CODES[0], type: 'DiagnosticReport', id },
      })
      expect(status).toBe(200)
      expect(byItem(body.decisions)).toEqual({ none: 'not-eligible E04' })
    }
    expect(hub.peers.map((one) => one.seen.length)).toEqual(seen)
  })

  it('does not hold up the order: it goes on, and nothing is shown', async () => {
    expect(await check(0)).toMatchObject({
      items: [{ verdict: 'not-permitted', hits: [{ code: 'E04' }], found: [] }],
      sources: [],
    })
  })
})

describe('a person who closed one hospital for the reader', () => {
  beforeAll(() => close(1, { sources: [CODES[0]] }))

  it('has the results of the others', async () => {
    const { items, sources, complete } = await check(1)
    // Not even named: that alone would tell something.
    expect(sources.map((one) => one.institution)).not.toContain(CODES[0])
    expect(sources.length).toBeGreaterThan(0)
    expect(complete).toBe(true)
    expect(items[0]?.verdict).toBe('valid-result')
    expect(items[0]?.found.every((one) => one.issuer.code !== CODES[0])).toBe(true)
  })

  it('is not permitted (E04) to have one of that hospital', async () => {
    const { body } = await decide({
      ...report('HBA1C'),
      personId: hub.people[1]?.personId,
      result: { institution: CODES[0], type: 'DiagnosticReport', id: 'r000002-1-HBA1C' },
    })
    expect(byItem(body.decisions)).toEqual({ none: 'not-eligible E04' })
  })
})
