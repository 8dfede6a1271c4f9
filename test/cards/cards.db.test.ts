import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { cardsPeriodic, openCardState, seedCards, verifyCode } from '../../src/cards/index.ts'
import type { CodeVerdict } from '../../src/cards/types.ts'
import type { CityCode } from '../../src/codes/index.ts'
import { openInstitutionTable, seedInstitutions } from '../../src/institutions/index.ts'
import { openIssuerKeys, rotateKey, seedIssuers } from '../../src/issuers/index.ts'
import { type PersonId, seedPeople } from '../../src/people/index.ts'
import { generateInstitutions } from '../../src/sandbox/institutions.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'

const NOW = '2026-11-24T07:00:00.000Z'
const database = useDatabase()
/** Adults: a card for a child is another test's story (life-cycle.db.test.ts). */
const seeds = generatePeople('cards', 60)
  .filter((one) => one.birthDate < '2008')
  .slice(0, 20)
const institutions = generateInstitutions('cards')
const deyangHospital = institutions.find((one) => one.recordHolder && one.city === '510600')!
const meishanPharmacy = institutions.find((one) => one.scenario === 'pharmacy-not-recognised-by-deyang')!
let people: readonly PersonId[] = []

const api = useApp(database, {
  now: NOW,
  seed: async (deps) => {
    await seedIssuers(deps)
    await seedInstitutions(deps, institutions)
    people = await seedPeople(deps, seeds)
  },
})

type Headers = { authorization: string }

/** The fields of all answers that these tests look at. */
interface Answer {
  readonly code?: string
  readonly verdict?: string
  readonly reasons?: readonly { readonly code: string }[]
  readonly holder?: { readonly maskedName?: string }
  readonly recognition?: { readonly reasons: readonly { readonly code: string }[] }
}
const hospital = () => api.token('hospital', { institution: deyangHospital.code })
const issuer = (city: CityCode = '510100') => api.token('issuer', { city })

async function post(url: string, headers: Headers, payload: object, key?: string) {
  const response = await api.app.inject({
    method: 'POST',
    url,
    headers: { ...headers, 'idempotency-key': key ?? randomUUID() },
    payload,
  })
  return { status: response.statusCode, headers: response.headers, body: response.json() as Answer }
}

async function issue(at = 0, change: object = {}, city: CityCode = '510100') {
  const order = { personId: people[at], ...change }
  let { status, body } = await post('/cards', await issuer(city), order)
  if (status === 409) {
    // A person has one card of a city; what another test left is taken away.
    const { cardId } = body as unknown as { cardId: string }
    await post(`/cards/${cardId}/revocation`, await issuer(city), { reason: 'error' })
    ;({ status, body } = await post('/cards', await issuer(city), order))
  }
  expect(status).toBe(201)
  return body as unknown as { cardId: string; card: string; issuer: string; expiresAt: string }
}

async function codeOf(cardId: string, payload: object = {}, city: CityCode = '510100') {
  const { status, body } = await post(`/cards/${cardId}/code`, await issuer(city), payload)
  expect(status).toBe(200)
  return body.code ?? ''
}

async function verify(code: string, change: object = {}, headers?: Headers, key?: string) {
  const { status, body } = await post('/cards/verify', headers ?? (await hospital()), { code, ...change }, key)
  expect(status).toBe(200)
  return body
}

const reasonsOf = (verdict: Answer) => (verdict.reasons ?? []).map((one) => one.code)

describe('from a registered person to an accepted code', () => {
  it('issues a card, gives a code and accepts it at another city, from memory', async () => {
    const { cardId, card, issuer: city } = await issue()
    expect(city).toBe('510100')
    const verdict = await verify(await codeOf(cardId))
    expect(verdict).toMatchObject({
      verdict: 'accepted',
      reasons: [],
      kind: 'code',
      cardId,
      issuer: '510100',
      holder: { personId: people[0], insuredCity: seeds[0]!.insuredCity },
      recognition: { recognised: true, reasons: [] },
      freshness: { state: 'fresh', warnAfterS: 10, refuseAfterS: 120 },
    })
    expect(verdict.holder?.maskedName).toMatch(/\*/)
    expect(await verify(card)).toMatchObject({ verdict: 'accepted', kind: 'card' })
  })

  it('has no identity number, name or phone in card and code', async () => {
    const { cardId, card } = await issue(1)
    for (const token of [card, await codeOf(cardId)]) {
      const text = token
        .split('.')
        .map((part) => Buffer.from(part, 'base64url').toString('utf8'))
        .join('\n')
      expect(text).toContain(cardId)
      const seed = seeds[1]!
      for (const secret of [seed.name, seed.idNumber, seed.phone, seed.birthDate, people[1]!]) {
        expect(text).not.toContain(secret)
        expect(token).not.toContain(secret)
      }
    }
  })

  it('shows no name to a pharmacy, and refuses it where the insured city does not recognise it', async () => {
    const at = seeds.findIndex((one) => one.insuredCity === '510600')
    const { cardId } = await issue(at, {}, '510600')
    const pharmacy = await api.token('pharmacy', { institution: meishanPharmacy.code })
    const shown = await verify(await codeOf(cardId, {}, '510600'), {}, pharmacy)
    expect(shown).toMatchObject({ verdict: 'accepted', recognition: { recognised: false } })
    expect(shown.holder).toEqual({ personId: people[at], insuredCity: '510600' })
    const refused = await verify(await codeOf(cardId, {}, '510600'), { purpose: 'purchase' }, pharmacy)
    expect(reasonsOf(refused)).toEqual(['institution-not-recognised'])
    expect(refused.recognition?.reasons).toMatchObject([{ code: 'not-recognised-by-insured-city' }])
    expect(refused.holder).toBeUndefined()
  })

  it('repeats an issuing under the same key with the same card', async () => {
    const key = randomUUID()
    const first = await post('/cards', await issuer(), { personId: people[2] }, key)
    const again = await post('/cards', await issuer(), { personId: people[2] }, key)
    expect(again.body).toEqual(first.body)
    expect(again.headers['idempotency-replayed']).toBe('true')
  })

  it('audits issuing, code and verification, with the person and without a name', async () => {
    const { cardId } = await issue(3)
    await verify(await codeOf(cardId))
    await api.live.verificationAudit.flush()
    const rows = await database.db
      .selectFrom('audit_event')
      .select(['action', 'person_ref', 'result', 'actor_org'])
      .where('target_id', '=', cardId)
      .orderBy('event_no')
      .execute()
    expect(rows).toEqual([
      { action: 'cards.issue', person_ref: people[3], result: 'allowed', actor_org: '510100' },
      { action: 'cards.code', person_ref: people[3], result: 'allowed', actor_org: '510100' },
      { action: 'cards.verify', person_ref: people[3], result: 'allowed', actor_org: deyangHospital.code },
    ])
  })
})

describe('what is refused', () => {
  it('a code whose seconds are over', async () => {
    const { cardId } = await issue(4)
    const code = await codeOf(cardId)
    api.deps.clock.advance(61_000)
    expect(reasonsOf(await verify(code))).toEqual(['expired'])
    api.deps.clock.set(NOW)
  })

  it('a card that has ended, and a code for it', async () => {
    const { card, cardId } = await issue(4, { expiresAt: '2026-11-24T07:00:30.000Z' })
    expect(await verify(card)).toMatchObject({ verdict: 'accepted' })
    api.deps.clock.advance(30_000)
    expect(reasonsOf(await verify(card))).toEqual(['expired'])
    const { status, body } = await post(`/cards/${cardId}/code`, await issuer(), {})
    expect([status, body.code]).toEqual([409, 'cards.not-usable'])
    api.deps.clock.set(NOW)
  })

  it('a revoked card at once, with all codes made before, and for good', async () => {
    const { cardId, card } = await issue(5)
    const code = await codeOf(cardId)
    const revoked = await post(`/cards/${cardId}/revocation`, await issuer(), { reason: 'lost' })
    expect(revoked).toMatchObject({ status: 200, body: { cardId, status: 'revoked' } })
    expect(reasonsOf(await verify(code))).toEqual(['revoked'])
    expect(reasonsOf(await verify(card))).toEqual(['revoked'])
    expect(JSON.stringify(await verify(card))).not.toContain('lost')
    const restored = await post(`/cards/${cardId}/restoration`, await issuer(), { reason: 'error' })
    expect([restored.status, restored.body.code]).toEqual([409, 'cards.status-final'])
    expect((await post(`/cards/${cardId}/revocation`, await issuer(), { reason: 'lost' })).status).toBe(200)
  })

  it('a suspended card until it is restored', async () => {
    const { cardId } = await issue(6)
    const code = await codeOf(cardId)
    await post(`/cards/${cardId}/suspension`, await issuer(), { reason: 'lost' })
    expect(reasonsOf(await verify(code))).toEqual(['suspended'])
    expect((await post(`/cards/${cardId}/code`, await issuer(), {})).body.code).toBe('cards.not-usable')
    await post(`/cards/${cardId}/restoration`, await issuer(), { reason: 'holder-request' })
    expect(await verify(code)).toMatchObject({ verdict: 'accepted' })
  })

  it('a tampered code', async () => {
    const [header, payload, signature] = (await codeOf((await issue(7)).cardId)).split('.')
    const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as object
    const other = Buffer.from(JSON.stringify({ ...claims, exp: 4_000_000_000 })).toString('base64url')
    expect(reasonsOf(await verify(`${header}.${other}.${signature}`))).toEqual(['signature-invalid'])
    expect(reasonsOf(await verify('not a code'))).toEqual(['malformed'])
  })

  it('a code to a hospital: only the issuer makes one', async () => {
    const { cardId } = await issue(7)
    const headers = await api.token('hospital', { institution: deyangHospital.code, scopes: ['cards.code'] })
    const { status, body } = await post(`/cards/${cardId}/code`, headers, {})
    expect([status, body.code]).toEqual([403, 'auth.role-not-served'])
  })

  it("another city's card to an issuer, in every way", async () => {
    const { cardId } = await issue(8)
    const deyang = await issuer('510600')
    expect((await post(`/cards/${cardId}/code`, deyang, {})).status).toBe(404)
    expect((await post(`/cards/${cardId}/revocation`, deyang, { reason: 'lost' })).status).toBe(404)
    expect((await api.app.inject({ url: `/cards/${cardId}`, headers: deyang })).statusCode).toBe(404)
    const own = await api.app.inject({ url: `/cards/${cardId}`, headers: await issuer() })
    expect(own.json()).toMatchObject({ cardId, status: 'valid', issuer: '510100', personId: people[8] })
  })

  it.each([
    ['a person that nobody registered', { personId: randomUUID() }, 'cards.person-unknown'],
    ['an end in the past', { expiresAt: '2026-11-24T06:59:59Z' }, 'cards.expiry-invalid'],
    ['an end too far away', { expiresAt: '2037-01-01T00:00:00Z' }, 'cards.expiry-invalid'],
  ])('a card for %s', async (_case, change, expected) => {
    const { status, body } = await post('/cards', await issuer(), { personId: people[0], ...change })
    expect([status, body.code]).toEqual([422, expected])
  })
})

describe('a single use', () => {
  it('counts once, also of 20 at the same time', async () => {
    const code = await codeOf((await issue(9)).cardId)
    const all = await Promise.all(Array.from({ length: 20 }, () => verify(code, { singleUse: true })))
    expect(all.filter((one) => one.verdict === 'accepted')).toHaveLength(1)
    const refused = all.filter((one) => one.verdict === 'refused')
    expect(new Set(refused.flatMap(reasonsOf))).toEqual(new Set(['replayed']))
  })

  it('may be repeated by the same client under the same key, and by nobody else', async () => {
    const code = await codeOf((await issue(10)).cardId)
    const key = randomUUID()
    expect(await verify(code, { singleUse: true }, undefined, key)).toMatchObject({ verdict: 'accepted' })
    expect(await verify(code, { singleUse: true }, undefined, key)).toMatchObject({ verdict: 'accepted' })
    const other = await api.token('pharmacy', { institution: meishanPharmacy.code })
    expect(reasonsOf(await verify(code, { singleUse: true }, other, key))).toEqual(['replayed'])
  })

  it.each(['settlement', 'purchase'] as const)('is what every %s is, asked for or not', async (purpose) => {
    const at = seeds.findIndex((one) => one.insuredCity === '510100')
    const { cardId, card } = await issue(at)
    const code = await codeOf(cardId)
    expect(await verify(code, { purpose })).toMatchObject({ verdict: 'accepted' })
    const other = await api.token('hospital', { institution: deyangHospital.code, clientId: `other-${purpose}` })
    for (const by of [await hospital(), other]) {
      expect(reasonsOf(await verify(code, { purpose, singleUse: false }, by))).toEqual(['replayed'])
    }
    expect(reasonsOf(await verify(card, { purpose }))).toEqual(['single-use-needs-code'])
  })

  it('stores no key that looks like an identity or phone number', async () => {
    const code = await codeOf((await issue(10)).cardId)
    for (const key of ['510104190001019995', 'use-16000000001']) {
      const { status, body } = await post('/cards/verify', await hospital(), { code, singleUse: true }, key)
      expect([status, body.code]).toEqual([400, 'request.key-missing'])
    }
    expect(await verify(code, { singleUse: true })).toMatchObject({ verdict: 'accepted' })
  })

  it('needs a dynamic code', async () => {
    const { card } = await issue(11)
    expect(reasonsOf(await verify(card, { singleUse: true }))).toEqual(['single-use-needs-code'])
  })
})

describe('another verifying process', () => {
  it('sees a revocation and a rotated key within a second, and does no I/O in between', async () => {
    const { healthCodes, foreign } = api.live.cards
    const table = await openInstitutionTable(api.deps)
    const issuerKeys = await openIssuerKeys(api.deps)
    const second = await openCardState({ ...api.deps, institutions: table, issuerKeys, healthCodes, foreign })
    try {
      const { card, cardId } = await issue(12)
      const context = { nowMs: api.deps.clock.now().getTime(), clockSkewS: 5, purpose: 'check-in' as const }
      await expect.poll(() => second.lists('510100')?.holder(0, 0), { timeout: 5_000 }).not.toBeInstanceOf(Promise)
      const verdict = () => verifyCode(second, card, context) as CodeVerdict
      await expect.poll(() => verdict().verdict, { timeout: 1000, interval: 20 }).toBe('accepted')
      await post(`/cards/${cardId}/revocation`, await issuer(), { reason: 'lost' })
      await expect.poll(() => verdict().reasons[0]?.code, { timeout: 1000, interval: 20 }).toBe('revoked')
      const kid = await rotateKey(api.deps, { city: '510100', use: 'card' })
      await expect
        .poll(() => second.keys.issuer('urn:yimatong:510100')?.keys.has(kid), { timeout: 1000, interval: 20 })
        .toBe(true)
    } finally {
      await second.close()
      await issuerKeys.close()
      await table.close()
    }
  })

  it('hears of a revocation and of a used code at once, without waiting for its next read', async () => {
    const { healthCodes, foreign } = api.live.cards
    const table = await openInstitutionTable(api.deps)
    const issuerKeys = await openIssuerKeys(api.deps)
    const second = await openCardState({ ...api.deps, institutions: table, issuerKeys, healthCodes, foreign })
    try {
      const { card, cardId } = await issue(15)
      const code = await codeOf(cardId)
      const context = { nowMs: api.deps.clock.now().getTime(), clockSkewS: 5, purpose: 'check-in' as const }
      await second.refresh()
      expect((await verifyCode(second, code, context)).verdict).toBe('accepted')
      await verify(code, { singleUse: true })
      await expect
        .poll(async () => (await verifyCode(second, code, context)).reasons[0]?.code, { timeout: 300, interval: 10 })
        .toBe('replayed')
      await post(`/cards/${cardId}/revocation`, await issuer(), { reason: 'lost' })
      await expect
        .poll(async () => (await verifyCode(second, card, context)).reasons[0]?.code, { timeout: 300, interval: 10 })
        .toBe('revoked')
    } finally {
      await second.close()
      await issuerKeys.close()
      await table.close()
    }
  })

  it('knows every status and every holder after its start, whenever the card was issued', async () => {
    const cards = await seedCards({ ...api.deps, ...api.live }, { city: '510600', personIds: people })
    const { healthCodes, foreign } = api.live.cards
    const table = await openInstitutionTable(api.deps)
    const issuerKeys = await openIssuerKeys(api.deps)
    const second = await openCardState({ ...api.deps, institutions: table, issuerKeys, healthCodes, foreign })
    try {
      await second.warmed()
      const context = { nowMs: api.deps.clock.now().getTime(), clockSkewS: 5, purpose: 'check-in' as const }
      for (const [at, { card }] of cards.entries()) {
        expect(verifyCode(second, card, context)).toMatchObject({
          verdict: 'accepted',
          holder: { personId: people[at], insuredCity: seeds[at]!.insuredCity },
        })
      }
    } finally {
      await second.close()
      await issuerKeys.close()
      await table.close()
    }
  })
})

describe('many cards', () => {
  it('are issued in one go, each at a place of its own', async () => {
    const cards = await seedCards({ ...api.deps, ...api.live }, { city: '511400', personIds: people })
    await api.live.cards.refresh()
    expect(cards).toHaveLength(people.length)
    for (const [at, one] of cards.entries()) {
      expect(await verify(one.card)).toMatchObject({ verdict: 'accepted', holder: { personId: people[at] } })
    }
  })
})

describe('upkeep', () => {
  it('forgets a used code a day after its end, not before', async () => {
    const [task] = cardsPeriodic(api.deps)
    const uses = () => database.db.selectFrom('cards_code_use').select('nonce').execute()
    expect((await uses()).length).toBeGreaterThan(0)
    await task!.run()
    expect((await uses()).length).toBeGreaterThan(0)
    api.deps.clock.advance(24 * 3_600_000 + 120_000)
    await task!.run()
    expect(await uses()).toEqual([])
    api.deps.clock.set(NOW)
  })
})

describe('a batch', () => {
  it('answers each item as it would alone, in their order', async () => {
    const { card, cardId } = await issue(16)
    const gone = await issue(17)
    await post(`/cards/${gone.cardId}/revocation`, await issuer(), { reason: 'lost' })
    const code = await codeOf(cardId)
    const items = [
      { code: card },
      { code: gone.card },
      { code: 'not a code' },
      { code, singleUse: true },
      { code, singleUse: true },
      { code },
      { code: card, purpose: 'settlement' },
    ]
    const { status, body } = await post('/cards/verify-batch', await hospital(), { items })
    expect(status).toBe(200)
    const answers = (body as unknown as { items: Answer[] }).items
    expect(answers.map((one) => [one.verdict, ...reasonsOf(one)])).toEqual([
      ['accepted'],
      ['refused', 'revoked'],
      ['refused', 'malformed'],
      ['accepted'],
      ['refused', 'replayed'],
      ['refused', 'replayed'],
      ['refused', 'single-use-needs-code'],
    ])
  })

  it('keeps the uses of the others where an item cannot be decided, and can be sent again under its key', async () => {
    const codes = [await codeOf((await issue(16)).cardId), await codeOf((await issue(18)).cardId)]
    const nonce = (JSON.parse(Buffer.from(codes[1]!.split('.')[1]!, 'base64url').toString()) as { jti: string }).jti
    await sql`create function refuse_use() returns trigger language plpgsql as
      $$ begin if new.nonce = ${sql.lit(nonce)} then raise 'away'; end if; return new; end $$`.execute(database.db)
    await sql`create trigger refuse_use before insert on cards_code_use for each row execute function refuse_use()`.execute(
      database.db,
    )
    const items = codes.map((code) => ({ code, singleUse: true }))
    const key = randomUUID()
    const send = async () => {
      const { status, body } = await post('/cards/verify-batch', await hospital(), { items }, key)
      expect(status).toBe(200)
      return (body as unknown as { items: Answer[] }).items.map((one) => [one.verdict, ...reasonsOf(one)])
    }
    expect(await send()).toEqual([['accepted'], ['refused', 'try-later']])
    await sql`drop trigger refuse_use on cards_code_use`.execute(database.db)
    expect(await send()).toEqual([['accepted'], ['accepted']])
    expect(await send()).toEqual([['accepted'], ['accepted']])
  })

  it('has 1 to 500 items', async () => {
    for (const count of [0, 501]) {
      const items = Array.from({ length: count }, () => ({ code: 'x' }))
      expect((await post('/cards/verify-batch', await hospital(), { items })).status).toBe(400)
    }
    const items = Array.from({ length: 500 }, () => ({ code: 'x' }))
    expect((await post('/cards/verify-batch', await hospital(), { items })).status).toBe(200)
  })
})
