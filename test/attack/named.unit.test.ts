import { createHmac } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { CARD_TYPE, CODE_TYPE } from '../../src/cards/token.ts'
import { createVerifiedTokens } from '../../src/cards/verified-tokens.ts'
import { createAddressWindow } from '../../src/http/address-window.ts'
import { createKnownCallers } from '../../src/http/known-callers.ts'
import type { KeyUse } from '../../src/issuers/index.ts'
import { readStatusListToken, STATUS_LIST_JWT, statusListPayload } from '../../src/statuslist/index.ts'
import { chance, heapInUse } from './random.ts'
import {
  CARD,
  CHENGDU,
  cardPayload,
  codePayload,
  DEYANG,
  encode,
  headerOf,
  makeMemory,
  makePen,
  NOW,
  type Pen,
  PLACE,
  reasonsOf,
  S,
  twinOf,
  verdictOf,
  write,
  writeCard,
  writeCode,
} from './wallet.ts'

const cardPen = makePen(CHENGDU, ['card'])
const codePen = makePen(CHENGDU, ['code'])
const edPen = makePen(CHENGDU, ['card'], 'EdDSA')
const sm2Pen = makePen(CHENGDU, ['card'], 'SM2-SM3')
const deyangPen = makePen(DEYANG, ['card', 'code'])
const { memory } = makeMemory([cardPen, codePen, edPen, sm2Pen, deyangPen])

describe('a token that says how it wants to be verified is refused:', () => {
  const signedWith = (alg: unknown, pen: Pen) =>
    write(pen, { alg, kid: pen.key.kid, typ: CARD_TYPE }, cardPayload({ iss: pen.key.iss }))

  it.each(['none', 'None', 'NONE', '', null, 'HS256', 'RS256', 'PS256', 'ES384', 'es256'])(
    'algorithm %j',
    async (alg) => {
      const token = await signedWith(alg, cardPen)
      expect(reasonsOf(memory, token)).toEqual(['algorithm-not-allowed'])
      expect(verdictOf(memory, `${token.slice(0, token.lastIndexOf('.'))}.`).verdict).toBe('refused')
    },
  )

  it('HS256 with the public key as the secret, also when the header says ES256', () => {
    for (const alg of ['HS256', 'ES256']) {
      const signed = `${encode({ alg, kid: cardPen.key.kid, typ: CARD_TYPE })}.${encode(cardPayload())}`
      for (const secret of [JSON.stringify(cardPen.jwk), Buffer.from(cardPen.jwk.x, 'base64url')]) {
        const mac = createHmac('sha512', secret).update(signed).digest()
        expect(verdictOf(memory, `${signed}.${mac.toString('base64url')}`).verdict).toBe('refused')
      }
    }
  })

  it.each([
    ['EdDSA over an ES256 key', 'EdDSA', cardPen],
    ['SM2-SM3 over an ES256 key', 'SM2-SM3', cardPen],
    ['ES256 over an EdDSA key', 'ES256', edPen],
    ['SM2-SM3 over an EdDSA key', 'SM2-SM3', edPen],
    ['ES256 over an SM2 key', 'ES256', sm2Pen],
    ['EdDSA over an SM2 key', 'EdDSA', sm2Pen],
  ])('%s', async (_case, alg, pen) => {
    expect(reasonsOf(memory, await signedWith(alg, pen))).toEqual(['algorithm-not-allowed'])
  })

  it.each(['crit', 'jwk', 'jku', 'x5u', 'x5c', 'b64', 'zip', '__proto__', 'constructor'])('member %s', async (name) => {
    const value = name === 'jwk' ? JSON.stringify(cardPen.jwk) : '["exp"]'
    const head = JSON.stringify(headerOf(cardPen, CARD_TYPE)).replace(/}$/, `,"${name}":${value}}`)
    expect(reasonsOf(memory, await write(cardPen, head, cardPayload()))).toEqual(['malformed'])
  })
})

describe('a key is refused', () => {
  it('in the name of another issuer', async () => {
    expect(reasonsOf(memory, await write(deyangPen, headerOf(deyangPen, CARD_TYPE), cardPayload()))).toEqual([
      'key-unknown',
    ])
    const kidOfAnother = { ...headerOf(deyangPen, CARD_TYPE), kid: cardPen.key.kid }
    expect(reasonsOf(memory, await write(deyangPen, kidOfAnother, cardPayload()))).toEqual(['signature-invalid'])
    expect(reasonsOf(memory, await write(deyangPen, kidOfAnother, cardPayload({ iss: DEYANG })))).toEqual([
      'key-unknown',
    ])
  })

  it.each<[KeyUse, string]>([
    ['status', CARD_TYPE],
    ['code', CARD_TYPE],
    ['health', CARD_TYPE],
    ['bundle', CARD_TYPE],
    ['card', CODE_TYPE],
    ['status', CODE_TYPE],
    ['health', CODE_TYPE],
    ['bundle', CODE_TYPE],
  ])('with the use %s where it signs a %s', async (use, typ) => {
    const pen = makePen(CHENGDU, [use])
    const token = await write(pen, headerOf(pen, typ), typ === CARD_TYPE ? cardPayload() : codePayload())
    const of = makeMemory([pen]).memory
    expect(reasonsOf(of, token)).toEqual(['key-use-not-allowed'])
    // The memory of good signatures lets nothing through the second time.
    expect(reasonsOf(of, token)).toEqual(['key-use-not-allowed'])
  })

  it('once it is revoked, also for what was verified before', async () => {
    const pen = makePen(CHENGDU, ['card'])
    const { memory: own, issuers } = makeMemory([pen])
    const card = await writeCard(pen)
    expect(verdictOf(own, card).verdict).toBe('accepted')
    ;(issuers.get(CHENGDU)!.keys as Map<string, unknown>).set(pen.key.kid, { ...pen.key, revoked: true })
    expect(reasonsOf(own, card)).toEqual(['key-revoked'])
    expect(reasonsOf(own, twinOf(card))).toEqual(['key-revoked'])
  })
})

describe('the other signature of a card, (r, n - s),', () => {
  it('holds, and helps its holder to nothing: status, replay and time are those of the card', async () => {
    const used = new Set<string>()
    const { memory: own, bits } = makeMemory([cardPen, codePen], used)
    const card = await writeCard(cardPen)
    const code = await writeCode(codePen, { jti: 'once' })
    expect(twinOf(card)).not.toBe(card)
    for (const token of [card, twinOf(card), code, twinOf(code)]) {
      expect(verdictOf(own, token)).toMatchObject({ verdict: 'accepted', cardId: CARD })
    }
    used.add('once')
    expect(reasonsOf(own, code)).toEqual(['replayed'])
    expect(reasonsOf(own, twinOf(code))).toEqual(['replayed'])
    bits.set(PLACE.good, 1)
    expect(reasonsOf(own, twinOf(card))).toEqual(['revoked'])
    const later = { nowMs: NOW + 61_000 }
    expect(reasonsOf(own, twinOf(code), later)).toEqual(reasonsOf(own, code, later))
  })
})

describe('a card with a place', () => {
  const places = [8, 2 ** 31, 2 ** 32 + PLACE.good, 2 ** 33 + PLACE.good, 2 ** 34 + PLACE.good, Number.MAX_SAFE_INTEGER]
  it.each(places)('outside the list is unknown, though well signed: %d', async (idx) => {
    for (const knowsHolders of [true, false]) {
      expect(reasonsOf({ ...memory, knowsHolders }, await writeCard(cardPen, { idx }))).toEqual(['card-unknown'])
    }
  })

  it.each([-1, 0.5, 1e300, '5', null, [5], true])('that is none is malformed: %j', async (idx) => {
    expect(reasonsOf(memory, await writeCard(cardPen, { idx }))).toEqual(['malformed'])
  })
})

describe('a member that comes twice in a well signed token is refused', () => {
  const twice = (text: string, name: string, value: string) => [
    text.replace('{', `{"${name}":${value},`),
    text.replace(/}$/, `,"${name}":${value}}`),
    text.replace(/}$/, `,"\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}":${value}}`),
  ]

  it.each(['iss', 'jti', 'iat', 'exp', 'idx'])('in the payload: %s', async (name) => {
    for (const payload of twice(JSON.stringify(cardPayload()), name, String(S + 5))) {
      const token = await write(cardPen, headerOf(cardPen, CARD_TYPE), payload)
      expect(reasonsOf(memory, token)).toEqual(['malformed'])
    }
  })

  it.each(['alg', 'kid', 'typ'])('in the header: %s', async (name) => {
    for (const header of twice(JSON.stringify(headerOf(cardPen, CARD_TYPE)), name, '"ES256"')) {
      expect(reasonsOf(memory, await write(cardPen, header, cardPayload()))).toEqual(['malformed'])
    }
  })

  it.each([
    ['[', ']'],
    ['{"a":', '}'],
    ['[[[[[[[', ']]]]]]]'],
  ])('so is one with something inside it: %s%s', async (open, close) => {
    const inside = `${open}1${close}`
    const payload = JSON.stringify(cardPayload()).replace('"jti":', `"jti":${inside},"jti":`)
    expect(reasonsOf(memory, await write(cardPen, headerOf(cardPen, CARD_TYPE), payload))).toEqual(['malformed'])
  })
})

describe('a status list is refused', () => {
  const statusPen = makePen(CHENGDU, ['status'])
  const sub = 'https://hub.example/status/510100'
  const list = (change: object = {}, lst = deflateSync(Buffer.alloc(1024)).toString('base64url')) =>
    write(statusPen, headerOf(statusPen, STATUS_LIST_JWT), {
      ...statusListPayload({ iss: CHENGDU, sub, iat: S, exp: S + 3600, ttl: 60, bits: 2, lst }),
      ...change,
    })
  const read = (token: string, knownIat?: number) =>
    readStatusListToken(token, {
      sub,
      nowMs: NOW,
      skewS: 5,
      knownIat,
      verify: (kid, signed, signature, alg) =>
        kid === statusPen.key.kid && alg === statusPen.key.alg ? statusPen.key.verify(signed, signature) : undefined,
    })
  let bomb = ''
  beforeAll(() => {
    bomb = deflateSync(Buffer.alloc(256 * 1024 * 1024), { level: 9 }).toString('base64url')
  })

  it('that is older than the one in hand', async () => {
    expect(await read(await list(), S)).toMatchObject({ ok: true })
    expect(await read(await list({ iat: S - 1 }), S)).toEqual({ ok: false, reason: 'older-than-known' })
  })

  it('of another address, and one whose end has come', async () => {
    expect(await read(await list({ sub: `${sub}/x` }))).toEqual({ ok: false, reason: 'subject-mismatch' })
    expect(await read(await list({ iat: S - 100, exp: S }))).toEqual({ ok: false, reason: 'expired' })
  })

  it('that would grow to a quarter of a gigabyte, before it does, and unread where nobody signed it', async () => {
    const signed = await list({}, bomb)
    const began = performance.now()
    const before = process.memoryUsage().rss
    expect(await read(signed)).toEqual({ ok: false, reason: 'malformed' })
    expect((process.memoryUsage().rss - before) / 1024 / 1024).toBeLessThan(100)
    const unsigned = `${signed.slice(0, signed.lastIndexOf('.') + 1)}${'A'.repeat(86)}`
    expect(await read(unsigned)).toEqual({ ok: false, reason: 'signature-invalid' })
    expect(performance.now() - began).toBeLessThan(2_000)
  })

  it('signed by a key that signs cards', async () => {
    const token = await write(
      cardPen,
      headerOf(cardPen, STATUS_LIST_JWT),
      statusListPayload({ sub, iat: S, exp: S + 3600, ttl: 60, bits: 2, lst: 'eJwDAAAAAAE' }),
    )
    expect(await read(token)).toEqual({ ok: false, reason: 'key-unknown' })
  })
})

describe('memory stays bounded under a flood of', () => {
  it('headers that were never seen, and known cards stay good', async () => {
    const dice = chance('header flood')
    const card = await writeCard(cardPen)
    const flood = (count: number): void => {
      for (let at = 0; at < count; at++) {
        const head = encode({ alg: 'ES256', kid: dice.word(300), typ: CARD_TYPE })
        const token = `${head}.${encode(cardPayload())}.${'A'.repeat(86)}`
        expect(verdictOf(memory, token).verdict).toBe('refused')
        if (at % 100 === 0) expect(verdictOf(memory, card).verdict).toBe('accepted')
      }
    }
    flood(500)
    const before = await heapInUse()
    flood(5_000)
    expect((await heapInUse()) - before).toBeLessThan(2)
  })

  it('good tokens, and each is found as long as it is among the last ones', async () => {
    const verified = createVerifiedTokens()
    const entry = { claims: { jti: 'x' }, key: cardPen.key } as never
    const name = (at: number): string => `${at}.${'x'.repeat(500)}`
    const showTwice = (at: number): void => {
      const signature = Buffer.alloc(64)
      signature.writeUInt32BE(at, 2)
      for (let times = 0; times < 2; times++) verified.put(name(at), signature, entry)
    }
    for (let at = 0; at < 30_000; at++) showTwice(at)
    const before = await heapInUse()
    for (let at = 30_000; at < 150_000; at++) showTwice(at)
    expect((await heapInUse()) - before).toBeLessThan(8)
    expect(verified.get(name(149_999))).toBe(entry)
    expect(verified.get(name(145_000))).toBe(entry)
    expect(verified.get(name(100_000))).toBeUndefined()
  })

  it('good access tokens', async () => {
    const callers = createKnownCallers()
    const caller = { caller: {} } as never
    const name = (at: number): string => `Bearer ${at}.${'x'.repeat(500)}`
    for (let at = 0; at < 12_000; at++) callers.put(name(at), caller)
    const before = await heapInUse()
    for (let at = 12_000; at < 60_000; at++) callers.put(name(at), caller)
    expect((await heapInUse()) - before).toBeLessThan(4)
    expect(callers.get(name(59_999))).toBe(caller)
    expect(callers.get(name(12_000))).toBeUndefined()
  })

  it('addresses', async () => {
    const window = createAddressWindow({ max: 10, windowMs: 60_000, addresses: 1_000 })
    for (let at = 0; at < 3_000; at++) window.count(`2001:db8:0:${at.toString(16)}::1`)
    const before = await heapInUse()
    for (let at = 0; at < 20_000; at++) window.count(`2001:db8:1:${at.toString(16)}::1`)
    expect((await heapInUse()) - before).toBeLessThan(2)
  })
})
