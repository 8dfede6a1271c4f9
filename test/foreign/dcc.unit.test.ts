import { deflateSync } from 'node:zlib'
import { encode, Tag } from 'cbor2'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase45 } from '../../src/foreign/dcc/base45.ts'
import { readDcc } from '../../src/foreign/dcc/read-dcc.ts'
import { type ForeignTrust, verifyForeign } from '../../src/foreign/index.ts'
import {
  claimsOf,
  contentOf,
  ENTRY,
  EU,
  EU_LONG,
  encodeBase45,
  IAT,
  makeDcc,
  makeSigner,
  type SealOrder,
  seal,
  sealArray,
  toText,
  trustInSigners,
} from './dcc-maker.ts'

const NOW_MS = (IAT + 86_400) * 1000
const signer = makeSigner()
const trust = trustInSigners(signer)
const read = (text: string, on: ForeignTrust = trust, nowMs = NOW_MS) => readDcc(on, text, { nowMs, clockSkewS: 30 })
const codes = (text: string, on: ForeignTrust = trust, nowMs = NOW_MS) => {
  const verdict = read(text, on, nowMs)
  return verdict.verdict === 'accepted' ? ['accepted'] : verdict.reasons.map((one) => one.code)
}
const sealed = (order: SealOrder) => codes(makeDcc(signer, claimsOf(), order))
const withContent = (content: unknown) => codes(makeDcc(signer, claimsOf(content)))

describe('an EU certificate', () => {
  it('is accepted, and shows no more of its holder than a masked name and a year', () => {
    expect(verifyForeign(trust, makeDcc(signer), { nowMs: NOW_MS, clockSkewS: 30 })).toEqual({
      verdict: 'accepted',
      format: 'dcc',
      kind: 'vaccination',
      issuer: 'AT',
      issuedAtMs: IAT * 1000,
      expiresAtMs: (IAT + 30 * 86_400) * 1000,
      holder: { maskedName: 'T*** T***', birthYear: '1971' },
    })
  })

  it.each([
    ['v', 'vaccination'],
    ['t', 'test'],
    ['r', 'recovery'],
  ] as const)('with an entry %s is a %s', (entry, kind) => {
    expect(read(makeDcc(signer, claimsOf(contentOf(entry))))).toMatchObject({ verdict: 'accepted', kind })
  })

  it('may be signed with PS256', () => {
    const rsa = makeSigner({ rsa: true })
    expect(codes(makeDcc(rsa), trustInSigners(rsa))).toEqual(['accepted'])
  })

  it('may stand in the CWT tag, and nowhere else', () => {
    const message = new Tag(18, sealArray(signer, claimsOf()))
    expect(codes(toText(encode(new Tag(61, message))))).toEqual(['accepted'])
    expect(codes(toText(encode(sealArray(signer, claimsOf()))))).toEqual(['malformed'])
    expect(codes(toText(encode(new Tag(98, sealArray(signer, claimsOf())))))).toEqual(['malformed'])
    expect(codes(toText(encode(new Tag(61, new Tag(61, message)))))).toEqual(['malformed'])
  })

  it('may be written with maps of indefinite length', () => {
    const payload = indefinite(claimsOf())
    expect(payload[0]).toBe(0xbf)
    expect(sealed({ payload })).toEqual(['accepted'])
  })

  it('may leave parts of a birth date out, say nothing in some texts, and tag its dates', () => {
    for (const dob of ['', '1971', '1971-02']) expect(withContent(contentOf('v', { dob }))).toEqual(['accepted'])
    const test = { ...ENTRY.t, co: '', sc: new Tag(0, ENTRY.t.sc) }
    expect(withContent(contentOf('t', { t: [test] }))).toEqual(['accepted'])
  })

  it.each([
    ['no kind', contentOf('v', { v: undefined })],
    ['two kinds', contentOf('v', { t: [ENTRY.t] })],
    ['two entries', contentOf('v', { v: [ENTRY.v, ENTRY.v] })],
    ['an entry of nothing', contentOf('v', { v: [{}] })],
    ['a dose as text', contentOf('v', { v: [{ ...ENTRY.v, dn: '2' }] })],
    ['no day', contentOf('r', { r: [{ ...ENTRY.r, fr: 'yesterday' }] })],
    ['no name', contentOf('v', { nam: { fn: '', gnt: '<' } })],
    ['no version', contentOf('v', { ver: 'new' })],
    ['a birth date that is none', contentOf('v', { dob: '3.2.71' })],
    ['a text', 'certificate'],
  ])('is refused with %s', (_what, content) => {
    expect(withContent(JSON.parse(JSON.stringify(content)))).toEqual(['malformed'])
  })
})

describe('the key of an EU certificate', () => {
  it.each([
    ['its own kind', [`${EU}2`], 'accepted'],
    ['its own kind, in the longer form', [`${EU_LONG}2`], 'accepted'],
    ['several kinds', [`${EU}1`, `${EU_LONG}2`], 'accepted'],
    ['no kind, only unrelated usages', ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'], 'accepted'],
    ['tests only', [`${EU}1`], 'key-use-not-allowed'],
    ['recoveries only, in the longer form', [`${EU_LONG}3`, '1.3.6.1.5.5.7.3.1'], 'key-use-not-allowed'],
  ])('whose certificate names %s', (_what, usages, code) => {
    const limited = makeSigner({ usages })
    expect(codes(makeDcc(limited), trustInSigners(limited))).toEqual([code])
  })

  it('speaks for its own country', () => {
    expect(codes(makeDcc(signer, claimsOf(contentOf(), { 1: 'FR' })))).toEqual(['issuer-mismatch'])
    expect(read(makeDcc(signer, claimsOf(contentOf(), { 1: undefined })))).toMatchObject({ issuer: 'AT' })
  })

  it('is found by its kid, in the protected part before the other one', () => {
    const alg = [1, -7] as const
    const own = [4, signer.kid] as const
    const wrong = [4, new Uint8Array(8)] as const
    expect(sealed({ bound: new Map([alg]), loose: new Map([own]) })).toEqual(['accepted'])
    expect(sealed({ bound: new Map<number, unknown>([alg, own]), loose: new Map([wrong]) })).toEqual(['accepted'])
    expect(sealed({ bound: new Map<number, unknown>([alg, wrong]), loose: new Map([own]) })).toEqual(['key-unknown'])
    expect(sealed({ bound: new Map([alg]) })).toEqual(['key-unknown'])
  })

  it('is tried among all that share the kid, and the one that signed decides', () => {
    const other = makeSigner({ country: 'FR' })
    const kid = Buffer.from(signer.kid).toString('hex')
    const keysOf = (from: ForeignTrust) => [...(from.dcc?.keys.values() ?? [])].flat()
    const { dcc } = trust
    if (dcc === undefined) throw new Error('the trust has no list')
    const shared = [...keysOf(trustInSigners(other)), ...keysOf(trust)]
    expect(codes(makeDcc(signer), { shc: undefined, dcc: { ...dcc, keys: new Map([[kid, shared]]) } })).toEqual([
      'accepted',
    ])
    const bound = new Map<number, unknown>([
      [1, -7],
      [4, signer.kid],
    ])
    const byOther = makeDcc(other, claimsOf(contentOf(), { 1: 'FR' }), { bound })
    expect(codes(byOther)).toEqual(['signature-invalid'])
    expect(codes(byOther, { shc: undefined, dcc: { ...dcc, keys: new Map([[kid, shared]]) } })).toEqual(['accepted'])
  })

  it('says how it signs, whatever the message names', () => {
    const named = (alg: unknown) =>
      sealed({
        bound: new Map<number, unknown>([
          [1, alg],
          [4, signer.kid],
        ]),
      })
    expect(named(-37)).toEqual(['signature-invalid'])
    for (const alg of [-8, -35, -257, 5, 'ES256', null]) expect(named(alg)).toEqual(['algorithm-not-allowed'])
    expect(sealed({ bound: new Map([[4, signer.kid]]) })).toEqual(['algorithm-not-allowed'])
  })

  it('is not reached by headers that this program does not understand', () => {
    const bound = new Map<number, unknown>([
      [1, -7],
      [2, [99]],
      [4, signer.kid],
      [99, 1],
    ])
    expect(sealed({ bound })).toEqual(['malformed'])
  })

  it('is needed', () => {
    expect(codes(makeDcc(signer), trustInSigners(makeSigner()))).toEqual(['key-unknown'])
    expect(codes(makeDcc(signer), { shc: undefined, dcc: undefined })).toEqual(['trust-list-missing'])
    expect(codes(makeDcc(signer), trust, Date.parse('2027-01-01T00:00:00Z'))).toContain('trust-list-too-old')
  })
})

describe('the times of an EU certificate', () => {
  const at = (more: Readonly<Record<number, unknown>>, nowMs = NOW_MS) =>
    codes(makeDcc(signer, claimsOf(contentOf(), more)), trust, nowMs)

  it('begin with iat, where clocks may differ a little, and end with exp exactly', () => {
    const end = IAT + 60
    expect(at({}, (IAT - 30) * 1000)).toEqual(['accepted'])
    expect(at({}, (IAT - 31) * 1000)).toEqual(['not-yet-valid'])
    expect(at({ 4: end }, end * 1000 - 1)).toEqual(['accepted'])
    expect(at({ 4: end }, end * 1000)).toEqual(['expired'])
  })

  it('may have fractions, but must be there, in seconds and in order', () => {
    expect(at({ 6: IAT + 0.25, 4: IAT + 86_400.5 })).toEqual(['accepted'])
    for (const more of [{ 4: undefined }, { 6: undefined }, { 4: IAT * 1000 }, { 4: IAT - 1 }, { 6: `${IAT}` }]) {
      expect(at(more)).toEqual(['malformed'])
    }
  })

  it('lie within those of the key: what it signed ends with it', () => {
    const short = makeSigner({ from: '2026-06-01T00:00:00Z', to: '2026-06-10T00:00:00Z' })
    const on = trustInSigners(short)
    const endMs = Date.parse('2026-06-10T00:00:00Z')
    expect(read(makeDcc(short), on)).toMatchObject({ verdict: 'accepted', expiresAtMs: endMs })
    expect(codes(makeDcc(short), on, endMs + 1000)).toEqual(['key-not-in-force'])
    expect(codes(makeDcc(short, claimsOf(contentOf(), { 6: IAT - 1 })), on)).toEqual(['key-not-in-force'])
    expect(codes(makeDcc(short, claimsOf(contentOf(), { 6: IAT + 20 * 86_400 })), on)).toEqual([
      'key-not-in-force',
      'not-yet-valid',
    ])
  })
})

describe('hostile CBOR', () => {
  it('with a key that comes twice is refused, in the same or in another spelling', () => {
    const pairs = (more: string) =>
      Buffer.concat([Buffer.from([0xa5]), encode(claimsOf()).subarray(1), Buffer.from(more, 'hex')])
    // exp again: 04 is the key in one byte, 1804 in two.
    expect(sealed({ payload: pairs('041b000000ffffffffff') })).toEqual(['malformed'])
    expect(sealed({ payload: pairs('18041b000000ffffffffff') })).toEqual(['malformed'])
    expect(sealed({ payload: pairs('0500') })).toEqual(['accepted'])
  })

  it('nested deeply is refused, and so is a length that is not there', () => {
    const deep = Buffer.concat([Buffer.alloc(50_000, 0x81), Buffer.from([0])])
    expect(sealed({ payload: deep })).toEqual(['malformed'])
    expect(codes(toText(deep))).toEqual(['malformed'])
    for (const length of ['9bffffffffffffffff', 'bbffffffffffffffff', '5bffffffffffffffff', '7bffffffffffffffff']) {
      expect(sealed({ payload: Buffer.from(length, 'hex') })).toEqual(['malformed'])
    }
  })

  it('of very many items is refused before they are built', () => {
    const many = (count: number) => claimsOf(contentOf(), { 99: Array.from({ length: count }, () => 0) })
    expect(codes(makeDcc(signer, many(500)))).toEqual(['accepted'])
    expect(codes(makeDcc(signer, many(1000)))).toEqual(['malformed'])
  })

  it('with something behind it is refused', () => {
    expect(codes(toText(Buffer.concat([seal(signer), Buffer.from([0])])))).toEqual(['malformed'])
    expect(sealed({ payload: Buffer.concat([encode(claimsOf()), Buffer.from([0])]) })).toEqual(['malformed'])
  })
})

describe('the envelope', () => {
  it('that inflates beyond the limit is refused', () => {
    const bomb = `HC1:${encodeBase45(deflateSync(Buffer.alloc(3 * 1024 * 1024), { level: 9 }))}`
    expect(bomb.length).toBeLessThan(8192)
    expect(codes(bomb)).toEqual(['malformed'])
  })

  it('is refused without its prefix, without zlib, with bytes behind the stream, or too long', () => {
    const text = makeDcc(signer)
    const stream = deflateSync(seal(signer))
    expect(codes(text.replace('HC1:', 'HC2:'))).toEqual(['malformed'])
    expect(codes(text.slice(4))).toEqual(['malformed'])
    expect(codes(`HC1:${encodeBase45(seal(signer))}`)).toEqual(['malformed'])
    expect(codes(`HC1:${encodeBase45(Buffer.concat([stream, Buffer.from([0])]))}`)).toEqual(['malformed'])
    expect(codes(`HC1:${'0'.repeat(9000)}`)).toEqual(['malformed'])
    expect(codes(`${text} `)).toEqual(['malformed'])
  })

  it('with any signature but the right one is refused', () => {
    for (const length of [0, 63, 64, 65, 256]) {
      expect(sealed({ signature: new Uint8Array(length).fill(1) })).toEqual(['signature-invalid'])
    }
    const rsa = makeSigner({ rsa: true })
    for (const length of [0, 64, 256, 257]) {
      const text = makeDcc(rsa, claimsOf(), { signature: new Uint8Array(length).fill(1) })
      expect(codes(text, trustInSigners(rsa))).toEqual(['signature-invalid'])
    }
  })
})

describe('base45', () => {
  it('is read as in RFC 9285', () => {
    const text = (encoded: string) => Buffer.from(decodeBase45(encoded) ?? []).toString()
    expect([text('BB8'), text('%69 VD92EX0'), text('UJCLQE7W581'), text('QED8WEX0')]).toEqual([
      'AB',
      'Hello!!',
      'base-45',
      'ietf!',
    ])
    expect(decodeBase45('FGW')).toEqual(Uint8Array.from([255, 255]))
  })

  it('is refused with a foreign character, a character left over, or a group that is too large', () => {
    for (const text of ['bb8', 'BB8 é', 'BB8\u0141', 'B', 'BB8B', 'GGW', ':::', '::', 'BB8_B0']) {
      expect(decodeBase45(text), text).toBeUndefined()
    }
  })

  it('comes back as it was written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeBase45(encodeBase45(bytes))).toEqual(bytes)
      }),
    )
  })
})

describe('whatever is shown as EU certificate', () => {
  const shown = makeDcc(signer)

  it('is refused, without a throw, after any change of one character', () => {
    fc.assert(
      fc.property(fc.nat(shown.length - 1), fc.integer({ min: 0, max: 200 }), (at, unit) => {
        const changed = shown.slice(0, at) + String.fromCharCode(unit) + shown.slice(at + 1)
        fc.pre(changed !== shown)
        expect(read(changed).verdict).toBe('refused')
      }),
      { numRuns: 3000 },
    )
  })

  it('is refused, without a throw, after any change of a byte below the compression', () => {
    const rsa = makeSigner({ rsa: true })
    const on = trustInSigners(signer, rsa)
    fc.assert(
      fc.property(
        fc.constantFrom(seal(signer), seal(rsa)),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (cose, where, flip) => {
          const changed = Uint8Array.from(cose)
          const at = where % changed.length
          changed[at] = (changed[at] ?? 0) ^ flip
          expect(read(toText(changed), on).verdict).toBe('refused')
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('is refused, without a throw, where the signed content is anything', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (payload) => {
        expect(sealed({ payload })).toEqual(['malformed'])
      }),
      { numRuns: 500 },
    )
  })
})

/** The same value with every map and list of indefinite length. */
function indefinite(value: unknown): Uint8Array {
  const stop = Uint8Array.from([0xff])
  if (Array.isArray(value)) return Buffer.concat([Uint8Array.from([0x9f]), ...value.map(indefinite), stop])
  const pairs =
    value instanceof Map ? [...value] : typeof value === 'object' && value !== null ? Object.entries(value) : undefined
  if (pairs === undefined) return encode(value)
  return Buffer.concat([Uint8Array.from([0xbf]), ...pairs.flat().map(indefinite), stop])
}
