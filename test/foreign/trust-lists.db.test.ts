import { describe, expect, it } from 'vitest'
import { importTrustList, openForeignTrust } from '../../src/foreign/index.ts'
import { AppError } from '../../src/kernel/errors.ts'
import { createLog } from '../../src/kernel/log.ts'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'
import { dccListOf, IAT, makeDcc, makeSigner } from './dcc-maker.ts'
import { listOf, makeIssuer, payloadOf, signCard, toNumeric } from './shc-maker.ts'

const database = useDatabase()
const hub = useApp(database, { now: '2026-06-02T00:00:00Z' })

const issuer = makeIssuer('https://issuer.example/shc', { crlVersion: 1 })
const signer = makeSigner({ country: 'AT' })
const crl = (rids: readonly string[]) => ({ kid: issuer.kid, method: 'rid', ctr: 1, rids })
const card = toNumeric(signCard(issuer, payloadOf(issuer.iss, {}, { rid: 'abc' })))

const take = (list: { readonly format: string }, more: object = {}) =>
  importTrustList(hub.deps, { format: list.format as 'shc' | 'dcc', text: JSON.stringify({ ...list, ...more }) })

const refusal = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return error instanceof AppError ? error.code : String(error)
}

async function verify(
  code: string,
  change: object = {},
): Promise<{ verdict: string; reasons: { code: string }[]; holder?: unknown }> {
  const answer = await hub.app.inject({
    method: 'POST',
    url: '/cards/verify',
    headers: await hub.token('hospital', { scopes: ['cards.verify'] }),
    payload: { code, ...change },
  })
  expect(answer.statusCode).toBe(200)
  return answer.json()
}

const codesOf = async (code: string) => {
  const { verdict, reasons } = await verify(code)
  return verdict === 'accepted' ? ['accepted'] : reasons.map((one) => one.code)
}

describe('trust lists', () => {
  it('are none at first: nothing of another system is accepted', async () => {
    expect(await codesOf(card)).toEqual(['trust-list-missing'])
    expect(await codesOf(makeDcc(signer))).toEqual(['trust-list-missing'])
    const answer = await hub.app.inject({ method: 'GET', url: '/foreign/trust-lists' })
    expect([answer.statusCode, answer.json().lists]).toEqual([200, []])
  })

  it('once imported are known to every process, and a certificate gets the verdict of our own cards', async () => {
    const second = await openForeignTrust(hub.deps)
    try {
      await take(listOf([issuer], [crl([])]))
      await take(dccListOf([signer]))
      await expect.poll(() => second.shc?.issuers.has(issuer.iss), { timeout: 1000, interval: 10 }).toBe(true)
      await hub.refresh()
      expect(await verify(card)).toMatchObject({ verdict: 'accepted', reasons: [] })
      expect(await codesOf(makeDcc(signer))).toEqual(['accepted'])
      for (const change of [{ purpose: 'settlement' }, { purpose: 'purchase' }, { singleUse: true }]) {
        expect(await verify(card, change)).toMatchObject({ reasons: [{ code: 'single-use-needs-code' }] })
      }
      expect(second.lists()).toEqual(hub.live.foreign.lists())
    } finally {
      await second.close()
    }
  })

  it('are shown to anybody, with their source and age, without keys', async () => {
    const answer = await hub.app.inject({ method: 'GET', url: '/foreign/trust-lists' })
    expect(answer.json().lists).toEqual([
      {
        format: 'shc',
        version: 1,
        source: 'made for a test',
        issuedAt: '2026-01-01T00:00:00.000Z',
        validUntil: '2027-01-01T00:00:00.000Z',
        importedAt: '2026-06-02T00:00:00.000Z',
        ageS: 152 * 86_400,
        inForce: true,
        issuers: [{ issuer: 'https://issuer.example/shc', keys: 1 }],
      },
      expect.objectContaining({ format: 'dcc', issuers: [{ issuer: 'AT', keys: 1 }] }),
    ])
  })

  it('come back from the database as they were imported', async () => {
    const { shc } = hub.live.foreign.lists() as { shc: object }
    const { issuedAt, validUntil, ...rest } = listOf([issuer], [crl([])])
    expect(shc).toEqual({
      ...rest,
      issuedAt: new Date(issuedAt).toISOString(),
      validUntil: new Date(validUntil).toISOString(),
    })
  })

  it('are replaced whole, so that a revocation counts and a key left out is gone', async () => {
    await take(listOf([issuer], [crl(['abc'])]), { version: 2 })
    await hub.refresh()
    expect(await codesOf(card)).toEqual(['revoked'])
    await take(listOf([makeIssuer('https://other.example')]), { version: 3 })
    await hub.refresh()
    expect(await codesOf(card)).toEqual(['issuer-unknown'])
  })

  it('are not replaced by what is older, already in force, past its end, or from the future', async () => {
    const list = listOf([issuer], [crl([])])
    expect(await refusal(take(list, { version: 2 }))).toBe('foreign.list-older')
    expect(await refusal(take(list, { version: 3 }))).toBe('foreign.list-older')
    expect(await refusal(take(list, { version: 4, issuedAt: '2025-12-31T00:00:00Z' }))).toBe('foreign.list-older')
    expect(await refusal(take(list, { version: 4, validUntil: '2026-06-01T00:00:00Z' }))).toBe('foreign.list-expired')
    expect(await refusal(take(list, { version: 4, issuedAt: '2026-06-04T00:00:00Z' }))).toBe('foreign.list-invalid')
  })

  it('that are wrong in one place change nothing', async () => {
    const before = hub.live.foreign.lists()
    const broken = listOf([makeIssuer('https://new.example'), { ...issuer, iss: 'http://issuer.example' }])
    expect(await refusal(take(broken, { version: 9 }))).toBe('foreign.list-invalid')
    expect(await refusal(importTrustList(hub.deps, { format: 'shc', text: 'no JSON' }))).toBe('foreign.list-invalid')
    expect(await refusal(importTrustList(hub.deps, { format: 'dcc', text: JSON.stringify(listOf([issuer])) }))).toBe(
      'foreign.list-invalid',
    )
    await hub.refresh()
    expect(hub.live.foreign.lists()).toEqual(before)
  })

  it('imported by two at once leave one of them, whole', async () => {
    const [one, other] = [makeIssuer('https://one.example'), makeIssuer('https://other.example')]
    const outcomes = await Promise.allSettled([
      take(listOf([one]), { version: 20 }),
      take(listOf([other]), { version: 20 }),
    ])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await hub.refresh()
    expect(hub.live.foreign.shc?.issuers.size).toBe(1)
  })

  it('leave their import in the audit log', async () => {
    const rows = await database.db
      .selectFrom('audit_event')
      .selectAll()
      .where('action', '=', 'foreign.import-list')
      .execute()
    expect(new Set(rows.map((row) => row.target_id))).toEqual(new Set(['shc:1', 'dcc:1', 'shc:2', 'shc:3', 'shc:20']))
  })

  it('past their end accept nothing more', async () => {
    const late = makeDcc(signer)
    hub.deps.clock.set('2027-01-01T00:00:00Z')
    expect(await codesOf(late)).toContain('trust-list-too-old')
    hub.deps.clock.set(new Date((IAT + 86_400) * 1000).toISOString())
    expect(await codesOf(late)).toEqual(['accepted'])
  })

  it('that were spoilt in the database are as good as none, and the other ones stand', async () => {
    await database.db.updateTable('foreign_shc_key').set({ kid: 'spoilt', jwk: '{}' }).execute()
    const lines: string[] = []
    const log = createLog({ level: 'error', name: 'test' }, { write: (line: string) => void lines.push(line) })
    const state = await openForeignTrust({ ...hub.deps, log })
    try {
      expect([state.shc, state.dcc?.keys.size]).toEqual([undefined, 1])
      expect(lines.join()).toContain('import it again')
    } finally {
      await state.close()
    }
  })
})
