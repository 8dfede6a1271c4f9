import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scatterIndex } from '../../src/cards/scatter-index.ts'
import { printKeys, reportCompromise, setUpIssuers } from '../../src/commands/issuers.ts'
import { encryptField } from '../../src/kernel/crypto/index.ts'
import { MIGRATIONS_DIR, migrateToLatest } from '../../src/kernel/migrate.ts'
import { useApp } from '../support/app.ts'
import { useEmptyDatabase } from '../support/database.ts'
import { NOW, testKeyring } from '../support/deps.ts'

/** The last schema in which cards had keys and status of their own. */
const BEFORE = '0083'

const database = useEmptyDatabase()
const older = mkdtempSync(join(tmpdir(), 'ymt-older-'))
afterAll(() => rmSync(older, { recursive: true }))

const SCATTER_KEY = createHash('sha256').update('places of before').digest()
const day = (text: string): Date => new Date(`2026-${text}T00:00:00.000Z`)

interface OldKey {
  readonly kid: string
  readonly privateKey: KeyObject
}

/** A key as the older version made it: its id is the whole thumbprint. */
async function insertOldKey(of: { use: string; from: Date; retiredAt?: Date; revokedAt?: Date }): Promise<OldKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x, y } = publicKey.export({ format: 'jwk' })
  const kid = createHash('sha256').update(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`).digest('base64url')
  const place = { table: 'cards_issuer_key', column: 'private_key_encrypted', rowId: kid }
  const encrypted = encryptField(testKeyring, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), place)
  await sql`
    insert into cards_issuer_key
      (kid, city, public_x, public_y, private_key_encrypted, uses, active_from, retired_at, revoked_at)
    values (${kid}, '510100', ${x}, ${y}, ${encrypted}, ${[of.use]}::text[], ${of.from}, ${of.retiredAt ?? null},
      ${of.revokedAt ?? null})`.execute(database.db)
  return { kid, privateKey }
}

interface OldCard {
  readonly cardId: string
  readonly index: number
  readonly token: string
}

let cardsSoFar = 0

async function insertOldCard(key: OldKey, of: { at: Date; status?: number; reason?: string }): Promise<OldCard> {
  const { at, status = 0, reason = null } = of
  const cardId = randomUUID()
  const personId = randomUUID()
  await sql`
    insert into people_person (person_id, name_encrypted, sex, birth_date, registered_by, registered_at)
    values (${personId}, ${Buffer.of(0)}, 'male', '1980-01-01', 'issuer-chengdu', ${at})`.execute(database.db)
  const index = scatterIndex(SCATTER_KEY, cardsSoFar++)
  const expiresAt = new Date(at.getTime() + 5 * 365 * 86_400_000)
  await sql`
    insert into cards_card (card_id, city, status_index, person_id, masked_name, insured_city, status, status_reason,
      status_at, issued_at, expires_at, change_no)
    values (${cardId}, '510100', ${index}, ${personId}, '张*明', '510100', ${status}, ${reason},
      ${status === 0 ? null : day('11-01')}, ${at}, ${expiresAt}, ${cardsSoFar})`.execute(database.db)
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const seconds = (time: Date) => Math.floor(time.getTime() / 1000)
  const payload = { iss: 'urn:yimatong:510100', jti: cardId, iat: seconds(at), exp: seconds(expiresAt), idx: index }
  const signed = `${part({ alg: 'ES256', kid: key.kid, typ: 'ymt-card+jwt' })}.${part(payload)}`
  const signature = sign('sha256', Buffer.from(signed), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  return { cardId, index, token: `${signed}.${signature.toString('base64url')}` }
}

async function fillOldHub() {
  await sql`insert into cards_issuer (city, issuer, scatter_key, cards_issued, change_no)
    values ('510100', 'urn:yimatong:510100', ${SCATTER_KEY}, 6, 6), ('510600', 'urn:yimatong:510600', ${SCATTER_KEY}, 0, 1)`.execute(
    database.db,
  )
  const stolen = await insertOldKey({
    use: 'card',
    from: day('01-01'),
    retiredAt: day('02-01'),
    revokedAt: day('02-01'),
  })
  const retired = await insertOldKey({ use: 'card', from: day('02-01'), retiredAt: day('06-01') })
  const signing = await insertOldKey({ use: 'card', from: day('06-01') })
  const code = await insertOldKey({ use: 'code', from: day('01-01') })
  return {
    keys: { stolen, retired, signing, code },
    cards: {
      stolen: await insertOldCard(stolen, { at: day('01-15') }),
      retired: await insertOldCard(retired, { at: day('03-01') }),
      suspended: await insertOldCard(retired, { at: day('03-02'), status: 2, reason: 'holder-request' }),
      lost: await insertOldCard(retired, { at: day('03-03'), status: 1, reason: 'lost' }),
      good: await insertOldCard(signing, { at: day('07-01') }),
      revoked: await insertOldCard(signing, { at: day('07-02'), status: 1, reason: 'error' }),
    },
  }
}

let old: Awaited<ReturnType<typeof fillOldHub>>
beforeAll(async () => {
  for (const file of readdirSync(MIGRATIONS_DIR)) {
    if (file.endsWith('.sql') && file.slice(0, 4) <= BEFORE) copyFileSync(join(MIGRATIONS_DIR, file), join(older, file))
  }
  await migrateToLatest(database.db, older)
  old = await fillOldHub()
  await migrateToLatest(database.db)
})

const api = useApp(database, { now: NOW })
const issuer = () => api.token('issuer', { city: '510100' })

async function verify(code: string): Promise<readonly string[]> {
  const { json } = await api.app.inject({
    method: 'POST',
    url: '/cards/verify',
    headers: await api.token('hospital', { institution: 'H51010000001' }),
    payload: { code },
  })
  const { verdict, reasons } = json() as { verdict: string; reasons: readonly { code: string }[] }
  return verdict === 'accepted' ? ['accepted'] : reasons.map((one) => one.code)
}

async function linesOf(work: (line: (text: string) => void) => Promise<void>): Promise<readonly string[]> {
  const lines: string[] = []
  await work((line) => void lines.push(line))
  return lines
}

describe('a hub with cards of an older version, brought to this schema', () => {
  it('gives every old card the status that it had', async () => {
    const { cards } = old
    expect(await verify(cards.retired.token)).toEqual(['accepted'])
    expect(await verify(cards.good.token)).toEqual(['accepted'])
    expect(await verify(cards.suspended.token)).toEqual(['suspended'])
    expect(await verify(cards.lost.token)).toEqual(['revoked'])
    expect(await verify(cards.revoked.token)).toEqual(['revoked'])
    expect(await verify(cards.stolen.token)).toEqual(['key-revoked'])
    const bits = api.live.cards.statusBits('510100')
    const expected = { stolen: 0, retired: 0, suspended: 2, lost: 1, good: 0, revoked: 1 }
    for (const [name, status] of Object.entries(expected)) {
      expect([name, bits?.get(cards[name as keyof typeof cards].index)]).toEqual([name, status])
    }
    // No place but theirs is taken: four places a byte, all four free are 0xff.
    const taken = [...(bits?.bytes() ?? [])].flatMap((byte, at) =>
      [0, 1, 2, 3].map((place) => [(byte >> (2 * place)) & 3, at * 4 + place]),
    )
    expect(taken.filter(([status]) => status !== 3).map(([, index]) => index)).toEqual(
      Object.values(cards)
        .map((card) => card.index)
        .sort((a, b) => a - b),
    )
  })

  it('knows what was done to them, as far as it was written down', async () => {
    const history = async (card: OldCard) => {
      const { json } = await api.app.inject({ url: `/cards/${card.cardId}/history`, headers: await issuer() })
      const { events } = json() as { events: readonly { event: string; reason?: string | null }[] }
      return events.map(({ event, reason }) => [event, reason ?? null])
    }
    expect(await history(old.cards.good)).toEqual([['issued', null]])
    expect(await history(old.cards.suspended)).toEqual([
      ['issued', null],
      ['suspended', 'holder-request'],
    ])
  })

  it('signs codes with the old key, restores an old card and refuses to restore a revoked one', async () => {
    const { cards, keys } = old
    const post = async (url: string, payload: object) =>
      await api.app.inject({
        method: 'POST',
        url,
        headers: { ...(await issuer()), 'idempotency-key': randomUUID() },
        payload,
      })
    const { code } = (await post(`/cards/${cards.good.cardId}/code`, {})).json() as { code: string }
    expect(Buffer.from(code.split('.')[0] ?? '', 'base64url').toString()).toContain(keys.code.kid)
    expect(await verify(code)).toEqual(['accepted'])
    expect((await post(`/cards/${cards.suspended.cardId}/restoration`, { reason: 'holder-request' })).statusCode).toBe(
      200,
    )
    expect(await verify(cards.suspended.token)).toEqual(['accepted'])
    expect((await post(`/cards/${cards.lost.cardId}/restoration`, { reason: 'holder-request' })).statusCode).toBe(409)
  })

  it('counts for each key the cards that it may have signed', async () => {
    const { keys } = old
    const listed = await linesOf((line) => printKeys(api.deps, line))
    const countsOf = (kid: string) =>
      listed
        .find((line) => line.includes(kid))
        ?.split('\t')
        .slice(-2)
    expect(countsOf(keys.stolen.kid)).toEqual(['0', '1'])
    expect(countsOf(keys.retired.kid)).toEqual(['0', '3'])
    expect(countsOf(keys.signing.kid)).toEqual(['0', '2'])
    expect(countsOf(keys.code.kid)).toEqual(['0', '0'])
    const order = { city: '510100', kid: keys.retired.kid, yes: false }
    expect(await linesOf((line) => reportCompromise(api.deps, order, line))).toContain('possibly, key not recorded: 3')
  })

  it('publishes a trust bundle after `issuers setup`, and not before; old keys stay as they are', async () => {
    const bundle = async () => (await api.app.inject({ url: '/trust/bundle' })).statusCode
    expect(await bundle()).toBeGreaterThanOrEqual(400)
    const added = await linesOf((line) => setUpIssuers(api.deps, line))
    expect(added).toEqual(
      expect.arrayContaining([
        'issuer 512000 was added',
        expect.stringMatching(/^510100: ES256 key \S+ for status was made/),
        expect.stringMatching(/^510600: ES256 key \S+ for card was made/),
      ]),
    )
    expect(added.join('\n')).not.toMatch(/510100: ES256 key \S+ for (card|code)/)
    await api.refresh()
    expect(await bundle()).toBe(200)
    expect(await verify(old.cards.good.token)).toEqual(['accepted'])
    expect(await verify(old.cards.stolen.token)).toEqual(['key-revoked'])
  })
})
