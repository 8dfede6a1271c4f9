import { createHmac, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { CardMemory } from '../../src/cards/card-memory.ts'
import { dayOfDate } from '../../src/cards/days.ts'
import { createStatusBits } from '../../src/cards/status-bits.ts'
import { CARD_TYPE, CODE_TYPE } from '../../src/cards/token.ts'
import type { CodeVerdict } from '../../src/cards/types.ts'
import { verdictText } from '../../src/cards/verdict-text.ts'
import { createVerifiedTokens } from '../../src/cards/verified-tokens.ts'
import { type VerifyContext, verifyCode } from '../../src/cards/verify-code.ts'
import { type Institution, recognitionAt } from '../../src/institutions/index.ts'
import type { IssuerKey, KeyUse } from '../../src/issuers/index.ts'

const NOW = Date.parse('2026-03-01T02:00:00Z')
const S = Math.floor(NOW / 1000)
const PERSON = '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'
const CARD = '01975b4e-0000-7e10-9b1f-0f6f1c2d3e4f'
const CHENGDU = 'urn:yimatong:510100'
const DEYANG = 'urn:yimatong:510600'

interface TestKey {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly key: IssuerKey
}

let made = 0

function makeKey(uses: readonly KeyUse[], change: Partial<IssuerKey> = {}): TestKey {
  const alg = change.alg ?? 'ES256'
  const { privateKey, publicKey } =
    alg === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key: IssuerKey = {
    kid: `key-${++made}`,
    iss: CHENGDU,
    city: '510100',
    alg,
    uses: new Set(uses),
    activeFromMs: NOW - 86_400_000,
    retiredAtMs: Number.POSITIVE_INFINITY,
    verifyUntilMs: Number.POSITIVE_INFINITY,
    revoked: false,
    verify: (signed, signature) =>
      alg === 'EdDSA'
        ? verify(null, signed, publicKey, signature)
        : verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature),
    ...change,
  }
  return { privateKey, publicKey, key }
}

const cardKey = makeKey(['card'])
const codeKey = makeKey(['code'])
const edKey = makeKey(['code'], { alg: 'EdDSA' })
const revokedKey = makeKey(['code'], { revoked: true })
const retiredKey = makeKey(['code'], { retiredAtMs: NOW - 3_600_000 })
const endedKey = makeKey(['code'], { verifyUntilMs: NOW - 1 })
const deyangKey = makeKey(['card', 'code'], { iss: DEYANG, city: '510600' })
/** Answers later, as the SM2 threads do. */
const slowKey = makeKey(['code'])
const slow: TestKey = {
  ...slowKey,
  key: { ...slowKey.key, verify: (signed, signature) => Promise.resolve(slowKey.key.verify(signed, signature)) },
}

const hospital: Institution = {
  code: 'H51060399999',
  kind: 'hospital',
  name: '德阳旌阳示范医院',
  uscc: '12510600MB0000000J',
  city: '510600',
  division: '510603',
  zone: null,
  levels: [],
  designations: [{ from: '2020-01-01', to: null }],
  suspensions: [],
  recognitions: [{ insuredCity: '510100', from: '2020-01-01', to: null }],
}

const INDEX = { good: 5, revoked: 6, suspended: 7, noCard: 8, endedInsurance: 70_000, later: 10, gone: 11 } as const

function makeMemory(
  ages: {
    keys?: number
    status?: number
    institutions?: number
    levels?: number
    used?: string
    holders?: boolean
  } = {},
): CardMemory & { readonly chengdu: Map<string, IssuerKey> } {
  const bits = createStatusBits()
  bits.set(INDEX.good, 0)
  bits.set(INDEX.revoked, 1)
  bits.set(INDEX.suspended, 2)
  bits.set(INDEX.endedInsurance, 0)
  bits.set(INDEX.later, 0)
  bits.set(INDEX.gone, 0)
  const holder = { personId: PERSON, maskedName: '张*明', insuredCity: '510100' as const }
  const lists = {
    status: bits.get,
    holder: (index: number, day: number) => {
      if (index === INDEX.later) return Promise.resolve(holder)
      if (index === INDEX.gone) return undefined
      return index === INDEX.endedInsurance && day > dayOfDate('2026-02-28') ? { ...holder, insuredCity: null } : holder
    },
  }
  const keysOf = (keys: readonly TestKey[]) => new Map(keys.map(({ key }) => [key.kid, key]))
  const chengdu = keysOf([cardKey, codeKey, edKey, revokedKey, retiredKey, endedKey, slow])
  const issuers = new Map([
    [CHENGDU, { city: '510100' as const, iss: CHENGDU, keys: chengdu }],
    [DEYANG, { city: '510600' as const, iss: DEYANG, keys: keysOf([deyangKey]) }],
  ])
  return {
    chengdu,
    keys: { issuer: (iss) => issuers.get(iss), ageMs: () => ages.keys ?? 100 },
    lists: (city) => (city === '510100' ? lists : undefined),
    statusAgeMs: () => ages.status ?? 100,
    institutions: {
      recognitionAt: (code, insured, date) =>
        recognitionAt(code === hospital.code ? hospital : undefined, insured, date),
      ageMs: () => ages.institutions ?? 100,
    },
    healthCodes: { levelOf: () => ({ state: 'dormant' }), ageMs: () => ages.levels ?? 100 },
    verified: createVerifiedTokens(),
    usedCodes: { has: (nonce) => nonce === ages.used },
    limitsOn: () => ({ from: '2020-01-01', warnAfterS: 10, refuseAfterS: 120 }),
    knowsHolders: ages.holders ?? true,
  }
}

const memory = makeMemory()
const codePayload = {
  iss: CHENGDU,
  sub: CARD,
  jti: 'nonce-0001',
  iat: S,
  exp: S + 60,
  idx: INDEX.good as number,
}
const makeCode = (change: object = {}, key = codeKey) =>
  forge({ alg: key.key.alg, kid: key.key.kid, typ: CODE_TYPE }, { ...codePayload, ...change }, key)
const makeCard = (change: object = {}, key = cardKey) =>
  forge(
    { alg: key.key.alg, kid: key.key.kid, typ: CARD_TYPE },
    { iss: CHENGDU, jti: CARD, iat: S, exp: S + 86_400, idx: INDEX.good, ...change },
    key,
  )

function check(code: string, change: Partial<VerifyContext> = {}, of: CardMemory = memory): CodeVerdict {
  const verdict = verifyCode(of, code, { nowMs: NOW, clockSkewS: 5, purpose: 'check-in', ...change })
  if (verdict instanceof Promise) throw new Error('the verdict comes later')
  return verdict
}
const reasons = (code: string, change: Partial<VerifyContext> = {}, of: CardMemory = memory) =>
  check(code, change, of).reasons.map((one) => one.code)

const b64 = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** Signs any header and payload, also such as the service never makes. */
function forge(header: object | string, payload: object | string, by: TestKey = codeKey, der = false): string {
  const signed = `${b64(header)}.${b64(payload)}`
  const signature =
    by.key.alg === 'EdDSA'
      ? sign(null, Buffer.from(signed), by.privateKey)
      : sign('sha256', Buffer.from(signed), { key: by.privateKey, dsaEncoding: der ? 'der' : 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}
const goodHeader = { alg: 'ES256', kid: codeKey.key.kid, typ: CODE_TYPE }

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The other valid signature of the same bytes: (r, n - s). */
function malleate(code: string): string {
  const [header = '', payload = '', signature = ''] = code.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  const s = ORDER - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const other = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
  return `${header}.${payload}.${other.toString('base64url')}`
}

describe('a good code', () => {
  it('is accepted with holder, insured city and freshness', () => {
    expect(check(makeCode(), { institution: hospital.code })).toEqual({
      verdict: 'accepted',
      kind: 'code',
      algorithm: 'ES256',
      city: '510100',
      cardId: CARD,
      nonce: 'nonce-0001',
      issuedAt: S,
      expiresAt: S + 60,
      holder: { personId: PERSON, maskedName: '张*明', insuredCity: '510100' },
      healthCode: { state: 'dormant' },
      recognition: { recognised: true, reasons: [] },
      freshness: {
        state: 'fresh',
        keysAgeMs: 100,
        statusAgeMs: 100,
        institutionsAgeMs: 100,
        healthCodesAgeMs: 100,
        policyFrom: '2020-01-01',
        warnAfterS: 10,
        refuseAfterS: 120,
      },
      clockSkewS: 5,
      reasons: [],
    })
  })

  it('may be the card itself', () => {
    expect(check(makeCard())).toMatchObject({
      verdict: 'accepted',
      kind: 'card',
      cardId: CARD,
      nonce: null,
      recognition: null,
    })
  })

  it('shows no insured city once the insurance has ended', () => {
    expect(check(makeCode({ idx: INDEX.endedInsurance }))).toMatchObject({ holder: { insuredCity: null } })
    const before = { nowMs: Date.parse('2026-02-28T15:59:00Z') }
    const code = makeCode({ idx: INDEX.endedInsurance, iat: S - 40_000 })
    expect(check(code, before)).toMatchObject({ holder: { insuredCity: '510100' } })
  })

  it('shows the masked name only where it is asked for, and nothing of a refused one', () => {
    expect(JSON.parse(verdictText(check(makeCode()), { withName: false }))).toMatchObject({
      holder: { personId: PERSON, insuredCity: '510100' },
    })
    expect(verdictText(check(makeCode()), { withName: false })).not.toContain('张')
    expect(verdictText(check(makeCode()), { withName: true })).toContain('张*明')
    const refused = verdictText(check(makeCode({ idx: INDEX.revoked })), { withName: true })
    expect(refused).not.toMatch(/张|01975b4e/)
  })

  it('may be signed with EdDSA', () => {
    expect(check(makeCode({}, edKey))).toMatchObject({ verdict: 'accepted', algorithm: 'EdDSA' })
  })

  it('is answered later where the signature is checked elsewhere or the holder is not in memory yet', async () => {
    const context = { nowMs: NOW, clockSkewS: 5, purpose: 'check-in' as const }
    for (const code of [makeCode({}, slow), makeCode({ idx: INDEX.later })]) {
      const verdict = verifyCode(makeMemory(), code, context)
      expect(verdict).toBeInstanceOf(Promise)
      expect(await verdict).toMatchObject({ verdict: 'accepted', holder: { personId: PERSON } })
    }
    const changed = makeCode({}, slow).replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'))
    expect(await verifyCode(makeMemory(), changed, context)).toMatchObject({
      reasons: [{ code: 'signature-invalid' }],
    })
  })

  it('is good offline, where nobody knows the holder, and not for what pays', () => {
    const offline = makeMemory({ holders: false })
    expect(check(makeCode(), {}, offline)).toMatchObject({ verdict: 'accepted', holder: null })
    const settle = { purpose: 'settlement' as const, institution: hospital.code }
    expect(reasons(makeCode(), settle, offline)).toEqual(['institution-not-recognised'])
  })
})

describe('a code that was verified before', () => {
  it('is judged anew each time: by its key, its status and the time', () => {
    const state = makeMemory()
    const code = makeCode()
    expect(reasons(code, {}, state)).toEqual([])
    // Most are shown once: it is remembered from the second time on.
    expect(state.verified.get(code)).toBeUndefined()
    expect(reasons(code, {}, state)).toEqual([])
    expect(state.verified.get(code)).toBeDefined()
    expect(reasons(code, { nowMs: NOW + 60_000 }, state)).toEqual(['expired'])
    state.chengdu.set(codeKey.key.kid, { ...codeKey.key, revoked: true })
    expect(reasons(code, {}, state)).toEqual(['key-revoked'])
    state.chengdu.delete(codeKey.key.kid)
    expect(reasons(code, {}, state)).toEqual(['key-unknown'])
  })

  it('is refused once it was used, except where its use is what is asked', () => {
    const used = makeMemory({ used: 'nonce-0001' })
    expect(reasons(makeCode(), {}, used)).toEqual(['replayed'])
    expect(reasons(makeCode(), { countsOnce: true }, used)).toEqual([])
    expect(reasons(makeCode({ jti: 'another' }), {}, used)).toEqual([])
  })
})

describe('a code that was tampered with', () => {
  const [header = '', payload = '', signature = ''] = makeCode().split('.')

  it.each([
    ['another payload', `${header}.${b64({ ...codePayload, idx: INDEX.good + 1 })}.${signature}`],
    ['another kid of the same issuer', `${b64({ ...goodHeader, kid: cardKey.key.kid })}.${payload}.${signature}`],
    ['a changed signature', `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`],
    ['a zero signature', `${header}.${payload}.${'A'.repeat(86)}`],
  ])('is refused for %s', (_case, code) => {
    expect(reasons(code)).toEqual(['signature-invalid'])
  })

  it.each([
    ['empty', '', 'code'],
    ['one part', header, 'code'],
    ['two parts', `${header}.${payload}`, 'code'],
    ['four parts', `${makeCode()}.${signature}`, 'signature'],
    ['too long', 'A'.repeat(1025), 'code'],
    ['padding', `${header}=.${payload}.${signature}`, 'header'],
    ['a blank', `${header}.${payload} .${signature}`, 'payload'],
    ['the other alphabet', `${header}.${payload}.${signature.slice(0, -2)}+/`, 'signature'],
    ['a character beyond ASCII', `${header}.${payload}.${signature.slice(0, -1)}汉`, 'signature'],
    ['unused bits that are set', `${header}.${payload}.${signature.slice(0, -1)}B`, 'signature'],
    ['a signature of 63 bytes', `${header}.${payload}.${signature.slice(0, 84)}`, 'signature'],
    ['a DER signature', forge(goodHeader, codePayload, codeKey, true), 'signature'],
    ['a code that says it is a card', `${b64({ ...goodHeader, typ: CARD_TYPE })}.${payload}.${signature}`, 'payload'],
    ['a header that is no JSON', forge('{', codePayload), 'header'],
    [
      'a header with a member that comes twice',
      forge(`{"alg":"none",${JSON.stringify(goodHeader).slice(1)}`, codePayload),
      'header',
    ],
    [
      'a payload with a member that comes twice',
      forge(goodHeader, `{"idx":${INDEX.revoked},${JSON.stringify(codePayload).slice(1)}`),
      'payload',
    ],
    ['a payload with a condition that nobody knows', forge(goodHeader, { ...codePayload, geo: '510100' }), 'payload'],
    ['a payload with an object in it', forge(goodHeader, { ...codePayload, pur: {} }), 'payload'],
    ['a header that is a list', forge([], codePayload), 'header'],
    ['a critical extension', forge({ ...goodHeader, crit: ['b64'], b64: false }, codePayload), 'header'],
    ['a key of its own', forge({ ...goodHeader, jwk: {} }, codePayload), 'header'],
    ['a kid that is no text', forge({ ...goodHeader, kid: 7 }, codePayload), 'header'],
    ['a type of others', forge({ ...goodHeader, typ: 'JWT' }, codePayload), 'header'],
    ['a payload that is no object', forge(goodHeader, '"text"'), 'payload'],
    ['times in milliseconds', forge(goodHeader, { ...codePayload, iat: NOW, exp: NOW + 1 }), 'payload'],
    ['an end before the beginning', forge(goodHeader, { ...codePayload, exp: S - 1 }), 'payload'],
    ['a place that is negative', forge(goodHeader, { ...codePayload, idx: -1 }), 'payload'],
    ['a place that is no whole number', forge(goodHeader, { ...codePayload, idx: 1.5 }), 'payload'],
    ['no card', forge(goodHeader, { ...codePayload, sub: undefined }), 'payload'],
    ['a purpose that is no text', forge(goodHeader, { ...codePayload, pur: 1 }), 'payload'],
    ['no issuer', forge(goodHeader, { ...codePayload, iss: null }), 'payload'],
  ])('is malformed: %s', (_case, code, part) => {
    expect(check(code).reasons).toMatchObject([{ code: 'malformed', part }])
  })

  it('is refused without a signature algorithm', () => {
    expect(reasons(`${b64({ ...goodHeader, alg: 'none' })}.${payload}.${signature}`)).toEqual(['algorithm-not-allowed'])
  })

  it('is refused where the key is for another algorithm than the header says', () => {
    const es = forge({ ...goodHeader, alg: 'EdDSA' }, codePayload)
    const ed = forge({ ...goodHeader, kid: edKey.key.kid }, codePayload, edKey)
    expect([...reasons(es), ...reasons(ed)]).toEqual(['algorithm-not-allowed', 'algorithm-not-allowed'])
  })

  it('is refused when the public key is used as an HMAC secret', () => {
    const signed = `${b64({ ...goodHeader, alg: 'HS256' })}.${payload}`
    const pem = codeKey.publicKey.export({ type: 'spki', format: 'pem' })
    const mac = createHmac('sha256', pem).update(signed).digest()
    const code = `${signed}.${Buffer.concat([mac, mac]).toString('base64url')}`
    expect(reasons(code)).toEqual(['algorithm-not-allowed'])
  })
})

describe('the other valid signature of the same code', () => {
  it('verifies, and changes nothing about status, which is looked up by the place that is signed', () => {
    expect(check(malleate(makeCode())).verdict).toBe('accepted')
    expect(reasons(malleate(makeCode({ idx: INDEX.revoked })))).toEqual(['revoked'])
  })
})

describe('keys', () => {
  it("of one issuer say nothing in another issuer's name", () => {
    expect(reasons(makeCode({}, deyangKey))).toEqual(['key-unknown'])
    expect(reasons(makeCode({ iss: DEYANG }))).toEqual(['key-unknown'])
    // With the other issuer's kid in the header the signature is checked with that key and does not hold.
    expect(reasons(forge({ ...goodHeader, kid: deyangKey.key.kid }, { ...codePayload, iss: DEYANG }))).toEqual([
      'signature-invalid',
    ])
  })

  it('of an issuer that nobody knows are not looked for', () => {
    expect(reasons(makeCode({ iss: 'https://evil.example' }))).toEqual(['issuer-unknown'])
  })

  it('that were revoked take everything with them', () => {
    expect(reasons(makeCode({}, revokedKey))).toEqual(['key-revoked'])
  })

  it('sign only what they are for', () => {
    expect(reasons(makeCode({}, cardKey))).toEqual(['key-use-not-allowed'])
    expect(reasons(makeCard({}, codeKey))).toEqual(['key-use-not-allowed'])
  })

  it('that were retired sign nothing new, and what they signed before stays good', () => {
    expect(reasons(makeCode({}, retiredKey))).toEqual(['key-not-in-force'])
    expect(reasons(makeCode({ iat: S - 7200 }, retiredKey))).toEqual([])
    expect(reasons(makeCode({}, endedKey))).toEqual(['key-not-in-force'])
    expect(reasons(makeCode({ iat: S - 90_000 }))).toEqual(['key-not-in-force'])
  })
})

describe('time and status', () => {
  it('is expired exactly at its end', () => {
    expect(reasons(makeCode(), { nowMs: NOW + 59_999 })).toEqual([])
    expect(reasons(makeCode(), { nowMs: NOW + 60_000 })).toEqual(['expired'])
  })

  it('bears a difference of clocks at its beginning', () => {
    expect(reasons(makeCode({ iat: S + 5 }))).toEqual([])
    expect(reasons(makeCode({ iat: S + 6 }))).toEqual(['not-yet-valid'])
  })

  it.each([
    ['revoked', INDEX.revoked],
    ['suspended', INDEX.suspended],
    ['card-unknown', INDEX.noCard],
    ['card-unknown', INDEX.gone],
    ['card-unknown', 9],
    ['card-unknown', 2_000_000],
  ])('is %s at place %i', (expected, idx) => {
    expect(reasons(makeCode({ idx }))).toEqual([expected])
  })

  it('lists every reason at once', () => {
    const code = makeCode({ idx: INDEX.revoked, pur: 'records' }, cardKey)
    const late = { nowMs: NOW + 61_000, purpose: 'settlement' as const, institution: 'P51140299999' }
    expect(reasons(code, late, makeMemory({ status: 121_000 }))).toEqual([
      'key-use-not-allowed',
      'expired',
      'revoked',
      'purpose-mismatch',
      'institution-not-recognised',
      'status-too-old',
    ])
  })

  it('lists every other reason with a card that nobody knows', () => {
    const code = makeCode({ idx: 9, pur: 'records' })
    const asked = { purpose: 'settlement' as const, institution: hospital.code }
    expect(reasons(code, asked, makeMemory({ status: 121_000 }))).toEqual([
      'card-unknown',
      'purpose-mismatch',
      'institution-not-recognised',
      'status-too-old',
    ])
  })
})

describe('purpose and institution', () => {
  it('binds a code to the purpose it was made for', () => {
    expect(reasons(makeCode({ pur: 'records' }), { purpose: 'records' })).toEqual([])
    expect(reasons(makeCode({ pur: 'records' }))).toEqual(['purpose-mismatch'])
  })

  it('lets only a recognised institution settle, and says why another may not', () => {
    const settle = { purpose: 'settlement' as const, institution: hospital.code }
    expect(reasons(makeCode(), settle)).toEqual([])
    const refused = check(makeCode({ idx: INDEX.endedInsurance }), settle)
    expect(refused.reasons.map((one) => one.code)).toEqual(['institution-not-recognised'])
    expect(refused.recognition?.reasons).toMatchObject([{ code: 'insured-city-unknown' }])
    expect(reasons(makeCode(), { purpose: 'purchase' })).toEqual(['institution-not-recognised'])
  })

  it('tells an institution that is not recognised so, without refusing a check-in', () => {
    expect(check(makeCode(), { institution: 'H51060300001' })).toMatchObject({
      verdict: 'accepted',
      recognition: { recognised: false, reasons: [{ code: 'unknown' }] },
    })
  })
})

describe('freshness', () => {
  it.each([
    [{ status: 10_000 }, 'fresh', 'accepted'],
    [{ status: 10_001 }, 'stale', 'accepted'],
    [{ keys: 10_001 }, 'stale', 'accepted'],
    [{ institutions: 10_001 }, 'stale', 'accepted'],
    [{ status: 120_000 }, 'stale', 'accepted'],
    [{ levels: 10_001 }, 'stale', 'accepted'],
    [{ levels: 900_000 }, 'stale', 'accepted'],
    [{ status: 120_001 }, 'too-old', 'refused'],
    [{ keys: 120_001 }, 'too-old', 'refused'],
    [{ institutions: 120_001 }, 'too-old', 'refused'],
  ])('with ages %o is %s and the code is %s', (ages, state, verdict) => {
    expect(check(makeCode(), {}, makeMemory(ages))).toMatchObject({ verdict, freshness: { state } })
  })
})
