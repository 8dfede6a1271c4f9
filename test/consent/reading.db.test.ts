import { describe, expect, it } from 'vitest'
import { listPersonAudit } from '../../src/audit/index.ts'
import type { ConsentCaller } from '../../src/consent/caller.ts'
import { openOverride } from '../../src/consent/open-override.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { useExchange } from '../records/exchange.ts'
import { useDatabase } from '../support/database.ts'

const READER = 'H51060300001'
const hub = useExchange(useDatabase())
const person = (index: number) => hub.people[index]?.personId ?? ''

const read = async (personId: string, purpose: string) => {
  const response = await hub.app.inject({
    url: `/fhir/Observation?patient=${personId}`,
    headers: { authorization: `Bearer ${await hub.token('hospital')}`, 'x-purpose-of-use': purpose },
  })
  return { status: response.statusCode, text: response.body }
}

const breakGlass = (personId: string) => {
  const by: ConsentCaller = {
    clientId: 'ward',
    role: 'hospital',
    org: READER,
    institution: READER,
    city: '510600',
    requestId: 'break-glass',
    sourceAddress: '127.0.0.1',
  }
  const why = { unit: '急诊科', officer: 'DY-1', reasonCode: 'unconscious', text: '昏迷，需了解用药史' }
  return inTx(hub.deps.db, (tx) => openOverride({ ...hub.deps, consents: hub.consents }, tx, { personId, ...why, by }))
}

describe('reading for emergency treatment', () => {
  it('is refused until break-glass is opened, and from its end on, with every step in the person’s log', async () => {
    const personId = person(0)
    const before = await read(personId, 'ETREAT')
    expect([before.status, before.text.includes('An emergency access must be opened first')]).toEqual([403, true])
    await breakGlass(personId)
    expect((await read(personId, 'ETREAT')).status).toBe(200)
    hub.deps.clock.advance(120 * 60_000)
    expect((await read(personId, 'ETREAT')).status).toBe(403)
    const log = await listPersonAudit(hub.deps.db, { personRef: personId, limit: 50 })
    const steps = log
      .filter(({ record }) => record.action === 'records.search' || record.action === 'consent.override-open')
      .map(({ record }) => `${record.action} ${record.basis} ${record.result}`)
    expect(steps.toReversed()).toEqual([
      'records.search emergency refused',
      'consent.override-open emergency allowed',
      'records.search emergency allowed',
      'records.search emergency refused',
    ])
  })
})

describe('reading to be paid', () => {
  it('does not open the record', async () => {
    const answer = await read(person(1), 'HPAYMT')
    expect([answer.status, answer.text.includes('no-consent') || answer.text.includes('needs a consent')]).toEqual([
      403,
      true,
    ])
  })
})
