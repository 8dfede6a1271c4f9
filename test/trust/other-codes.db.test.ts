import { beforeAll, describe, expect, it } from 'vitest'
import { importTrustList } from '../../src/foreign/index.ts'
import { readBundle } from '../../src/trust/offline/read-bundle.ts'
import { type OfflineVerdict, offlineVerifier } from '../../src/trust/offline/verify-offline.ts'
import { claimsOf, contentOf, dccListOf, makeDcc, makeSigner } from '../foreign/dcc-maker.ts'
import { listOf, makeIssuer, payloadOf, signCard, toNumeric } from '../foreign/shc-maker.ts'
import { APPROVER, PROPOSER, useEmergency } from '../healthcodes/emergency.ts'
import { useDatabase } from '../support/database.ts'
import { manifestOf } from './hub.ts'

const hub = useEmergency(useDatabase())
const now = (): number => hub.deps.clock.now().getTime()
const IN_2026 = Date.parse('2026-12-01') / 1000
let seen = 0

/** Verifies with a bundle that knows everything that was committed. */
async function offline(codes: readonly string[], afterMs = 0): Promise<OfflineVerdict[]> {
  await hub.refresh()
  for (;;) {
    const { rawPayload } = await hub.app.inject({ method: 'GET', url: '/trust/bundle' })
    const { seq } = manifestOf(rawPayload)
    if (seq > seen) {
      seen = seq
      const read = await readBundle(rawPayload, () => true)
      if (!read.ok) throw new Error(read.detail)
      const context = { nowMs: now() + afterMs, purpose: 'check-in', institution: undefined } as const
      const verifier = offlineVerifier(read.bundle, context)
      return await Promise.all(codes.map(verifier.verify))
    }
    await new Promise((done) => setTimeout(done, 100))
  }
}

const reasonsOf = (verdict: OfflineVerdict | undefined) => verdict?.reasons.map((one) => one.code)

describe('certificates of other systems, offline', () => {
  const issuer = makeIssuer('https://issuer.example/shc', { crlVersion: 1 })
  const signer = makeSigner({ country: 'AT' })
  const crl = (rids: readonly string[]) => ({ kid: issuer.kid, method: 'rid', ctr: 1, rids })
  const good = toNumeric(signCard(issuer, payloadOf(issuer.iss, {}, { rid: 'abc' })))
  const revoked = toNumeric(signCard(issuer, payloadOf(issuer.iss, {}, { rid: 'def' })))
  const stranger = toNumeric(signCard(makeIssuer(issuer.iss), payloadOf(issuer.iss)))
  const dcc = makeDcc(signer, claimsOf(contentOf(), { 4: IN_2026 }))
  const codes = [good, revoked, stranger, dcc, makeDcc(makeSigner({ country: 'AT' })), 'HC1:', 'shc:/1']

  it('are refused where the hub has no trust list', async () => {
    const verdicts = await offline([good, makeDcc(signer)])
    expect(verdicts.map(reasonsOf)).toEqual([['trust-list-missing'], ['trust-list-missing']])
  })

  it('get the verdict that they get online, and no name', async () => {
    for (const list of [listOf([issuer], [crl(['def'])]), dccListOf([signer])]) {
      await importTrustList(hub.deps, { format: list.format as 'shc' | 'dcc', text: JSON.stringify(list) })
    }
    const verdicts = await offline(codes)
    const headers = await hub.token('hospital', { scopes: ['cards.verify'] })
    for (const [at, code] of codes.entries()) {
      const online = (await hub.app.inject({ method: 'POST', url: '/cards/verify', headers, payload: { code } })).json()
      expect(verdicts[at], code.slice(0, 40)).toMatchObject({ verdict: online.verdict, reasons: online.reasons })
      expect(verdicts[at]?.['foreignIssuer']).toEqual(online.foreignIssuer)
      expect(JSON.stringify(verdicts[at])).not.toMatch(/Tester|Tessa/)
    }
    expect(verdicts.map((one) => one.verdict)).toEqual([
      'accepted',
      'refused',
      'refused',
      'accepted',
      'refused',
      'refused',
      'refused',
    ])
  })

  it('are refused when the bundle is too old, also where they are good', async () => {
    const [card] = await offline([good], 13 * 3_600_000)
    expect(reasonsOf(card)).toEqual(['status-too-old'])
  })
})

describe('health codes, offline', () => {
  let yellow = ''
  let red = ''
  beforeAll(async () => {
    await hub.activate({ hours: 6 })
    const validUntil = hub.inHours(5)
    await hub.propose(PROPOSER, { personIds: [hub.people[0]], validUntil })
    const grave = { personIds: [hub.people[1]], reasonCode: 'confirmed-case', evidence: 'laboratory', validUntil }
    const { changeId } = (await hub.propose(PROPOSER, grave)).body
    const approval = { decision: 'approve', officer: APPROVER.officer }
    await hub.post(APPROVER, `/healthcodes/changes/${changeId}/approval`, approval)
    await hub.refresh()
    yellow = await hub.code(hub.people[0]!)
    red = await hub.code(hub.people[1]!)
  })

  it('are read by the map in the bundle, with their level and what cannot be known', async () => {
    const verdicts = await offline([yellow, red])
    expect(verdicts).toMatchObject([
      { verdict: 'accepted', kind: 'health', level: 'yellow', notKnown: ['level-changed'] },
      { verdict: 'accepted', kind: 'health', level: 'red', notKnown: ['level-changed'] },
    ])
    for (const [at, code] of [yellow, red].entries()) {
      const online = await hub.verify(code)
      expect(online.status).toBe(200)
      expect(verdicts[at]?.['level']).toBe(online.body.level)
    }
  })

  it('are refused when changed, and when they or the order have ended', async () => {
    const [, payload = ''] = yellow.split('.')
    const forged = yellow.replace(
      payload,
      Buffer.from(Buffer.from(payload, 'base64url').toString().replace('"01"', '"00"')).toString('base64url'),
    )
    expect(forged).not.toBe(yellow)
    expect((await offline([forged])).map(reasonsOf)).toEqual([['signature-invalid']])
    const [ended] = await offline([yellow], 5.5 * 3_600_000)
    expect(reasonsOf(ended)).toContain('expired')
    const [asleep] = await offline([yellow], 7 * 3_600_000)
    expect(reasonsOf(asleep)).toEqual(['dormant'])
  })

  it('are told apart from cards by what they say of themselves: neither passes for the other', async () => {
    const text = (token: string): string => Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()
    expect(text(yellow)).toContain('ymt-health+jwt')
    const [header = '', ...rest] = yellow.split('.')
    const asCard = [Buffer.from(text(yellow).replace('ymt-health', 'ymt-card')).toString('base64url'), ...rest].join(
      '.',
    )
    expect(header).not.toBe(asCard.split('.')[0])
    const [verdict] = await offline([asCard])
    expect(verdict?.verdict).toBe('refused')
  })
})
