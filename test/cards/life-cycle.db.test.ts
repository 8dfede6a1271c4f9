import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { readQrSvg, seedCards } from '../../src/cards/index.ts'
import type { CityCode } from '../../src/codes/index.ts'
import { seedInstitutions } from '../../src/institutions/index.ts'
import { seedIssuers } from '../../src/issuers/index.ts'
import { type PersonId, seedPeople } from '../../src/people/index.ts'
import { generateInstitutions } from '../../src/sandbox/institutions.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'

const NOW = '2026-11-24T07:00:00.000Z'
const database = useDatabase()
const institutions = generateInstitutions('life')
const hospitalCode = institutions.find((one) => one.recordHolder && one.city === '510600')!.code
const adults = generatePeople('life', 80)
  .filter((one) => one.birthDate < '2006')
  .slice(0, 30)
/** Born so that the 14th birthday is the next day in Chengdu. */
const children = generatePeople('children', 6).map((one) => ({ ...one, birthDate: '2012-11-25' }))
let people: readonly PersonId[] = []
let kids: readonly PersonId[] = []

const api = useApp(database, {
  now: NOW,
  seed: async (deps) => {
    await seedIssuers(deps)
    await seedInstitutions(deps, institutions)
    people = await seedPeople(deps, adults)
    kids = await seedPeople(deps, children)
  },
})

afterEach(() => api.deps.clock.set(NOW))

type Headers = { authorization: string }
const hospital = () => api.token('hospital', { institution: hospitalCode })
const issuer = (city: CityCode = '510100') => api.token('issuer', { city })

async function post(url: string, payload: object, options: { by?: Headers; key?: string } = {}) {
  const response = await api.app.inject({
    method: 'POST',
    url,
    headers: { ...(options.by ?? (await issuer())), 'idempotency-key': options.key ?? randomUUID() },
    payload,
  })
  return { status: response.statusCode, headers: response.headers, body: response.json() }
}
async function get(url: string, by?: Headers) {
  const response = await api.app.inject({ url, headers: by ?? (await issuer()) })
  return { status: response.statusCode, headers: response.headers, text: response.body }
}
const json = async (url: string, by?: Headers) => JSON.parse((await get(url, by)).text)

interface Issued {
  readonly cardId: string
  readonly card: string
}
let next = 0
/** A card for a person who has none yet. */
async function issue(city: CityCode = '510100'): Promise<Issued & { readonly personId: string }> {
  const personId = people[next++] as string
  const { status, body } = await post('/cards', { personId }, { by: await issuer(city) })
  expect(status).toBe(201)
  return { ...body, personId }
}
async function verdict(code: string): Promise<string> {
  const { body } = await post('/cards/verify', { code }, { by: await hospital() })
  return body.verdict === 'accepted' ? 'accepted' : body.reasons.map((one: { code: string }) => one.code).join()
}
async function history(cardId: string, by?: Headers): Promise<string[]> {
  const { events } = await json(`/cards/${cardId}/history`, by)
  return events.map((one: { event: string; from: string; to: string; reason: string }) =>
    [one.event, one.from, one.to, one.reason].join(' '),
  )
}

describe('a person’s card of a city', () => {
  it('is one: what is asked for again is refused with the card that is there', async () => {
    const { cardId, personId } = await issue()
    const again = await post('/cards', { personId })
    expect(again).toMatchObject({ status: 409, body: { code: 'cards.already-issued', cardId } })
    const elsewhere = await post('/cards', { personId }, { by: await issuer('510600') })
    expect(elsewhere.status).toBe(201)
    await post(`/cards/${cardId}/suspension`, { reason: 'holder-request' })
    expect((await post('/cards', { personId })).body.code).toBe('cards.already-issued')
    await post(`/cards/${cardId}/revocation`, { reason: 'holder-request' })
    expect((await post('/cards', { personId })).status).toBe(201)
  })

  it('may follow one that has ended', async () => {
    const personId = people[next++]
    const first = await post('/cards', { personId, expiresAt: '2026-11-24T07:00:10.000Z' })
    expect((await post('/cards', { personId })).body.code).toBe('cards.already-issued')
    api.deps.clock.advance(10_000)
    const second = await post('/cards', { personId })
    expect([first.status, second.status]).toEqual([201, 201])
  })

  it('is one also of ten requests at the same moment', async () => {
    const personId = people[next++]
    const all = await Promise.all(Array.from({ length: 10 }, () => post('/cards', { personId })))
    const [first, ...others] = all.toSorted((a, b) => a.status - b.status)
    expect(first?.status).toBe(201)
    for (const one of others) expect([one.status, one.body.cardId]).toEqual([409, first?.body.cardId])
  })

  it('is as many as a bench wants where they are seeded', async () => {
    const personId = people[next++] as string
    const cards = await seedCards({ ...api.deps, ...api.live }, { city: '510100', personIds: [personId, personId] })
    expect(new Set(cards.map((one) => one.cardId)).size).toBe(2)
    await api.refresh()
    expect(await Promise.all(cards.map((one) => verdict(one.card)))).toEqual(['accepted', 'accepted'])
    expect(await history(cards[0]?.cardId as string)).toEqual(['issued  valid '])
  })
})

describe('renewal', () => {
  it('gives a new card and revokes the old one in the same moment', async () => {
    const old = await issue()
    const renewed = await post(`/cards/${old.cardId}/renewal`, { expiresAt: '2030-01-01T00:00:00.000Z' })
    expect(renewed).toMatchObject({
      status: 201,
      body: { issuer: '510100', expiresAt: '2030-01-01T00:00:00.000Z', replacedCardId: old.cardId },
    })
    expect(renewed.headers['location']).toBe(`/cards/${renewed.body.cardId}`)
    expect(await verdict(old.card)).toBe('revoked')
    expect(await verdict(renewed.body.card)).toBe('accepted')
    expect(await history(old.cardId)).toEqual(['issued  valid ', 'renewed valid revoked replaced'])
    expect(await history(renewed.body.cardId)).toEqual(['issued  valid renewal'])
    const { events } = await json(`/cards/${old.cardId}/history`)
    expect(events[1]).toMatchObject({ relatedCardId: renewed.body.cardId, byOrg: '510100', at: NOW })
  })

  it('is answered again under the same key, and happens once', async () => {
    const { cardId } = await issue()
    const key = randomUUID()
    const first = await post(`/cards/${cardId}/renewal`, {}, { key })
    const again = await post(`/cards/${cardId}/renewal`, {}, { key })
    expect(again.body).toEqual(first.body)
    expect(again.headers['idempotency-replayed']).toBe('true')
    expect(await history(cardId)).toHaveLength(2)
  })

  it('is won by one of ten at the same moment', async () => {
    const { cardId, personId } = await issue()
    const all = await Promise.all(Array.from({ length: 10 }, () => post(`/cards/${cardId}/renewal`, {})))
    expect(all.map((one) => one.status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array.from({ length: 9 }, () => 409),
    ])
    const { cards } = await json(`/cards?personId=${personId}`)
    expect(cards.map((one: { status: string }) => one.status).toSorted()).toEqual(['revoked', 'valid'])
  })

  it('of a card that is over is allowed; of a suspended, lost or revoked one it is refused', async () => {
    const personId = people[next++]
    const brief = await post('/cards', { personId, expiresAt: '2026-11-24T07:00:10.000Z' })
    api.deps.clock.advance(20_000)
    const renewed = await post(`/cards/${brief.body.cardId}/renewal`, {})
    expect(renewed.status).toBe(201)
    const { cardId } = renewed.body
    await post(`/cards/${cardId}/suspension`, { reason: 'holder-request' })
    expect((await post(`/cards/${cardId}/renewal`, {})).body.code).toBe('cards.not-renewable')
    await post(`/cards/${cardId}/loss`, {})
    expect((await post(`/cards/${cardId}/renewal`, {})).body.code).toBe('cards.not-renewable')
    await post(`/cards/${cardId}/revocation`, { reason: 'lost' })
    expect((await post(`/cards/${cardId}/renewal`, {})).body.code).toBe('cards.status-final')
  })

  it('with a wrong end changes nothing', async () => {
    const { cardId, card } = await issue()
    const wrong = await post(`/cards/${cardId}/renewal`, { expiresAt: '2026-11-24T06:00:00.000Z' })
    expect([wrong.status, wrong.body.code]).toEqual([422, 'cards.expiry-invalid'])
    expect(await verdict(card)).toBe('accepted')
    expect(await history(cardId)).toEqual(['issued  valid '])
  })
})

describe('loss', () => {
  it('suspends at once and ends when the card is found', async () => {
    const { cardId, card } = await issue()
    expect(await post(`/cards/${cardId}/loss`, {})).toMatchObject({ status: 200, body: { status: 'suspended' } })
    expect(await verdict(card)).toBe('suspended')
    await post(`/cards/${cardId}/restoration`, { reason: 'holder-request' })
    expect(await verdict(card)).toBe('accepted')
    expect(await history(cardId)).toEqual([
      'issued  valid ',
      'lost valid suspended lost',
      'restored suspended valid holder-request',
    ])
  })

  it('is reported by a hospital for the holder who is there, and by name of the holder only', async () => {
    const { cardId, card, personId } = await issue()
    const by = await hospital()
    const unnamed = await post(`/cards/${cardId}/loss`, {}, { by })
    expect([unnamed.status, unnamed.body.code]).toEqual([422, 'cards.holder-needed'])
    const wrong = await post(`/cards/${cardId}/loss`, { personId: people[0] }, { by })
    expect([wrong.status, wrong.body.code]).toEqual([404, 'cards.not-found'])
    expect(await verdict(card)).toBe('accepted')
    const { status } = await post(
      `/cards/${cardId}/loss`,
      { personId: personId.toUpperCase(), reason: 'stolen' },
      { by },
    )
    expect(status).toBe(200)
    expect(await verdict(card)).toBe('suspended')
    expect((await json(`/cards/${cardId}/history`)).events.at(-1)).toMatchObject({
      byOrg: hospitalCode,
      reason: 'stolen',
    })
    for (const verb of ['restoration', 'suspension', 'revocation']) {
      expect((await post(`/cards/${cardId}/${verb}`, { reason: 'error' }, { by })).body.code).toBe(
        'auth.role-not-served',
      )
    }
  })

  it('is followed by a replacement, which is given for a lost card only', async () => {
    const { cardId, card, personId } = await issue()
    expect((await post(`/cards/${cardId}/replacement`, {})).body.code).toBe('cards.not-lost')
    await post(`/cards/${cardId}/suspension`, { reason: 'holder-request' })
    expect((await post(`/cards/${cardId}/replacement`, {})).body.code).toBe('cards.not-lost')
    await post(`/cards/${cardId}/loss`, {})
    const replaced = await post(`/cards/${cardId}/replacement`, {})
    expect(replaced).toMatchObject({ status: 201, body: { replacedCardId: cardId } })
    expect(await verdict(card)).toBe('revoked')
    expect(await verdict(replaced.body.card)).toBe('accepted')
    expect((await post(`/cards/${cardId}/replacement`, {})).body.code).toBe('cards.status-final')
    expect((await post(`/cards/${cardId}/loss`, {})).body.code).toBe('cards.status-final')
    expect(await history(cardId)).toEqual([
      'issued  valid ',
      'suspended valid suspended holder-request',
      'lost suspended suspended lost',
      'replaced suspended revoked replaced',
    ])
    expect((await json(`/cards?personId=${personId}`)).cards).toHaveLength(2)
  })

  it('that comes in as a suspension is a loss as well, and a suspension does not hide it', async () => {
    const { cardId } = await issue()
    await post(`/cards/${cardId}/suspension`, { reason: 'stolen' })
    const again = await post(`/cards/${cardId}/suspension`, { reason: 'holder-request' })
    expect(again).toMatchObject({ status: 200, body: { status: 'suspended' } })
    expect(await history(cardId)).toEqual(['issued  valid ', 'lost valid suspended stolen'])
    expect((await post(`/cards/${cardId}/replacement`, {})).status).toBe(201)
  })
})

describe('the history', () => {
  it('is the issuer’s own, with the reasons; nobody else reads it', async () => {
    const { cardId } = await issue()
    await post(`/cards/${cardId}/revocation`, { reason: 'death' }, { by: await api.token('operator') })
    expect((await get(`/cards/${cardId}/history`, await issuer('510600'))).status).toBe(404)
    for (const role of ['operator', 'bureau', 'cdc'] as const) {
      const by = await api.token(role, { scopes: ['cards.read'] })
      expect((await get(`/cards/${cardId}/history`, by)).status, role).toBe(403)
    }
    expect((await get(`/cards/${cardId}/history`, await hospital())).status).toBe(403)
    expect(await history(cardId)).toEqual(['issued  valid ', 'revoked valid revoked death'])
    expect((await get(`/cards/${cardId}`, await hospital())).text).not.toContain('death')
  })

  it('cannot be changed or deleted', async () => {
    for (const statement of [
      sql`update cards_event set reason = 'x'`,
      sql`delete from cards_event`,
      sql`truncate cards_event`,
    ]) {
      await expect(statement.execute(database.db)).rejects.toThrow('only ever added to')
    }
  })

  it('has one event for each change and none where nothing changed', async () => {
    const { cardId } = await issue()
    await post(`/cards/${cardId}/restoration`, { reason: 'error' })
    await post(`/cards/${cardId}/revocation`, { reason: 'error' })
    await post(`/cards/${cardId}/revocation`, { reason: 'error' })
    expect(await history(cardId)).toHaveLength(2)
  })

  it('tells a hospital all cards of a person, masked, and an issuer its own', async () => {
    const { personId, cardId } = await issue()
    const other = await post('/cards', { personId }, { by: await issuer('510600') })
    const all = await json(`/cards?personId=${personId}`, await hospital())
    expect(all.cards.map((one: { issuer: string }) => one.issuer).toSorted()).toEqual(['510100', '510600'])
    expect(all.cards[0].maskedName).toMatch(/\*/)
    const own = await json(`/cards?personId=${personId}`, await issuer('510600'))
    expect(own.cards.map((one: { cardId: string }) => one.cardId)).toEqual([other.body.cardId])
    expect(await json(`/cards?personId=${randomUUID()}`)).toEqual({ cards: [] })
    expect((await get('/cards?personId=510104190001019995')).status).toBe(400)
    const actions = await database.db
      .selectFrom('audit_event')
      .select('action')
      .where('person_ref', '=', personId)
      .orderBy('event_no')
      .execute()
    expect(actions.map((one) => one.action)).toEqual(['cards.issue', 'cards.issue', 'cards.list', 'cards.list'])
    expect(cardId).not.toBe(other.body.cardId)
  })
})

describe('a child under 14', () => {
  const guardian = (at: number, change: object = {}) =>
    post(`/people/${kids[at]}/guardians`, {
      guardianId: people[0],
      kind: 'guardian',
      relation: 'parent',
      evidenceRef: 'CD-2026-1',
      ...change,
    })

  it('gets no card without a guardian in force', async () => {
    const refused = await post('/cards', { personId: kids[0] })
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'cards.guardian-needed', errors: [{ pointer: '/personId' }] },
    })
    await guardian(0, { kind: 'family' })
    expect((await post('/cards', { personId: kids[0] })).status).toBe(422)
    expect((await guardian(0)).status).toBe(201)
    expect((await post('/cards', { personId: kids[0] })).status).toBe(201)
  })

  it('needs the guardian for a renewal as well, who may be gone by then', async () => {
    const { body } = await guardian(1)
    const card = await post('/cards', { personId: kids[1] })
    await post(`/people/${kids[1]}/guardians/${body.linkId}/end`, { reason: 'court' })
    const renewal = await post(`/cards/${card.body.cardId}/renewal`, {})
    expect([renewal.status, renewal.body.code]).toEqual([422, 'cards.guardian-needed'])
    expect(await verdict(card.body.card)).toBe('accepted')
  })

  it('is one until midnight in Chengdu before the birthday', async () => {
    // 24 November, 23:59:59 and 25 November, 00:00:00 in Asia/Shanghai.
    api.deps.clock.set('2026-11-24T15:59:59.999Z')
    expect((await post('/cards', { personId: kids[2] })).status).toBe(422)
    api.deps.clock.set('2026-11-24T16:00:00.000Z')
    expect((await post('/cards', { personId: kids[2] })).status).toBe(201)
  })

  it('has its code shown by the guardian until that midnight', async () => {
    await guardian(3)
    const { body } = await post('/cards', { personId: kids[3] })
    const show = async (heldBy: string | undefined) => {
      const shown = await post(`/cards/${body.cardId}/code`, { heldBy })
      return shown.status === 200 ? await verdict(shown.body.code) : shown.body.code
    }
    expect(await show(people[0])).toBe('accepted')
    expect(await show(undefined)).toBe('cards.guardian-needed')
    expect(await show(kids[3])).toBe('cards.guardian-needed')
    expect(await show(people[1])).toBe('cards.not-linked')
    expect(await show(randomUUID())).toBe('cards.not-linked')
    api.deps.clock.set('2026-11-24T16:00:00.000Z')
    expect(await show(people[0])).toBe('cards.not-linked')
    expect(await show(kids[3])).toBe('accepted')
    const events = await database.db
      .selectFrom('audit_event')
      .select(['on_behalf_of', 'result', 'reason_codes'])
      .where('action', '=', 'cards.code')
      .where('person_ref', '=', kids[3] as string)
      .orderBy('event_no')
      .execute()
    expect(events.map((one) => [one.on_behalf_of, one.result, ...one.reason_codes])).toEqual([
      [people[0], 'allowed'],
      [null, 'refused', 'guardian-needed'],
      [null, 'refused', 'guardian-needed'],
      [people[1], 'refused', 'not-linked'],
      [expect.any(String), 'refused', 'not-linked'],
      [people[0], 'refused', 'not-linked'],
      [null, 'allowed'],
    ])
  })
})

describe('a child under 14 whose guardian is gone', () => {
  it('gets neither codes nor prints, not by itself and not by family', async () => {
    const { body: link } = await post(`/people/${kids[4]}/guardians`, {
      guardianId: people[0],
      kind: 'guardian',
      relation: 'parent',
      evidenceRef: 'CD-2026-3',
    })
    const { body } = await post('/cards', { personId: kids[4] })
    const family = { guardianId: people[1], kind: 'family', relation: 'grandparent', evidenceRef: 'CD-2026-4' }
    expect((await post(`/people/${kids[4]}/guardians`, family)).status).toBe(201)
    const show = async (heldBy?: string) => {
      const code = await post(`/cards/${body.cardId}/code`, { heldBy })
      const query = heldBy === undefined ? '' : `&heldBy=${heldBy}`
      const print = await get(`/cards/${body.cardId}/code.svg?kind=static${query}`)
      return [code.status, print.status]
    }
    expect(await show(people[0])).toEqual([200, 200])
    expect(await show(people[1])).toEqual([403, 403])
    await post(`/people/${kids[4]}/guardians/${link.linkId}/end`, { reason: 'court' })
    expect(await show(people[0])).toEqual([403, 403])
    expect(await show(people[1])).toEqual([403, 403])
    expect(await show()).toEqual([422, 422])
  })
})

describe('the code of a family member', () => {
  it('is shown while the link lasts, and no longer', async () => {
    const { cardId, personId } = await issue()
    const linked = await post(`/people/${personId}/guardians`, {
      guardianId: people[0],
      kind: 'family',
      relation: 'child',
      to: '2026-11-24',
      evidenceRef: 'CD-2026-2',
    })
    const show = async () => (await post(`/cards/${cardId}/code`, { heldBy: people[0] })).status
    expect(await show()).toBe(200)
    api.deps.clock.set('2026-11-24T16:00:00.000Z')
    expect(await show()).toBe(403)
    api.deps.clock.set(NOW)
    expect(await show()).toBe(200)
    await post(`/people/${personId}/guardians/${linked.body.linkId}/end`, { reason: 'withdrawn' })
    expect(await show()).toBe(403)
    // The link goes one way.
    expect((await post(`/cards/${cardId}/code`, { heldBy: personId })).status).toBe(200)
  })
})

describe('GET /cards/{id}/code.svg', () => {
  it.each(['ES256', 'EdDSA', 'SM2-SM3'])('draws a %s code that a scanner reads and a hospital accepts', async (alg) => {
    const { cardId, personId } = await issue()
    const by = await hospital()
    for (const kind of ['dynamic', 'static']) {
      const purpose = kind === 'dynamic' ? '&purpose=settlement' : ''
      const { status, headers, text } = await get(`/cards/${cardId}/code.svg?kind=${kind}${purpose}&algorithm=${alg}`)
      expect(status, text).toBe(200)
      expect(headers['content-type']).toBe('image/svg+xml; charset=utf-8')
      expect(headers['cache-control']).toBe('no-store')
      expect(text).toMatch(/<title>一码通[^<]*Yimatong/)
      expect(text).not.toContain(personId)
      const code = readQrSvg(text)
      expect(code.length).toBeLessThanOrEqual(412)
      const payload = kind === 'dynamic' ? { code, purpose: 'settlement' } : { code }
      const { body } = await post('/cards/verify', payload, { by })
      expect(body, kind).toMatchObject({ verdict: 'accepted', cardId, algorithm: alg })
    }
  })

  it('prints a card that stays good for years and goes with it', async () => {
    const { cardId } = await issue()
    const printed = readQrSvg((await get(`/cards/${cardId}/code.svg?kind=static`)).text)
    api.deps.clock.set('2027-11-24T07:00:00.000Z')
    expect(await verdict(printed)).toBe('accepted')
    await post(`/cards/${cardId}/loss`, {})
    expect(await verdict(printed)).toBe('suspended')
    const none = await get(`/cards/${cardId}/code.svg?kind=static`)
    expect([none.status, JSON.parse(none.text).code]).toEqual([409, 'cards.not-usable'])
    expect(none.headers['content-type']).toMatch(/problem\+json/)
  })

  it('is refused to others, and for what makes no sense', async () => {
    const { cardId } = await issue()
    const path = `/cards/${cardId}/code.svg?kind=dynamic`
    expect((await get(path, await issuer('510600'))).status).toBe(404)
    expect((await get(path, await hospital())).status).toBe(403)
    expect((await get(`${path}&heldBy=${people[0]}`)).status).toBe(403)
    expect((await get(`/cards/${cardId}/code.svg`)).status).toBe(400)
    expect((await get(`/cards/${cardId}/code.svg?kind=static&purpose=check-in`)).status).toBe(400)
    expect((await get(`/cards/${cardId}/code.svg?kind=png`)).status).toBe(400)
    expect((await get(`/cards/${cardId}/code.svg?kind=dynamic&algorithm=none`)).status).toBe(400)
  })
})
