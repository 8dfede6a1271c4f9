import { randomBytes, sign } from 'node:crypto'
import { deflateRawSync, deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ForeignTrust, isForeign, verifyForeign } from '../../src/foreign/index.ts'
import { readShc, readShcCards } from '../../src/foreign/shc/read-shc.ts'
import { makeCertificate } from './der.ts'
import {
  largePayload,
  makeIssuer,
  NBF,
  patient,
  payloadOf,
  type SignOrder,
  signCard,
  toNumeric,
  toParts,
  trustIn,
} from './shc-maker.ts'

const NOW_MS = (NBF + 86_400) * 1000
const context = { nowMs: NOW_MS, clockSkewS: 30 }
const issuer = makeIssuer()
const trust = trustIn([issuer])
const read = (shown: string | readonly string[], on: ForeignTrust = trust, nowMs = NOW_MS) =>
  readShc(on, shown, { ...context, nowMs })
const codes = (shown: string | readonly string[], on: ForeignTrust = trust, nowMs = NOW_MS) => {
  const verdict = read(shown, on, nowMs)
  return verdict.verdict === 'accepted' ? ['accepted'] : verdict.reasons.map((one) => one.code)
}
const good = payloadOf(issuer.iss)
const card = signCard(issuer, good)
const signedWith = (order: SignOrder) => codes(signCard(issuer, good, order))

describe('a SMART Health Card', () => {
  it('is accepted as QR text, as JWS and as file, and shows no more of its holder than a masked name and a year', () => {
    const expected = {
      verdict: 'accepted',
      format: 'shc',
      kind: 'immunization',
      issuer: issuer.iss,
      issuedAtMs: NBF * 1000,
      expiresAtMs: null,
      holder: { maskedName: 'T*** T***', birthYear: '1971' },
    }
    expect(verifyForeign(trust, toNumeric(card), context)).toEqual(expected)
    expect(read(card)).toEqual(expected)
    expect(read(JSON.stringify({ verifiableCredential: [card] }))).toEqual(expected)
    const parameter = [{ name: 'verifiableCredential', valueString: card }]
    expect(read(JSON.stringify({ resourceType: 'Parameters', parameter }))).toEqual(expected)
  })

  it('is told from our own cards by how it begins', () => {
    for (const foreign of [toNumeric(card), 'HC1:ABC', 'shlink:/x', '{"verifiableCredential":[]}']) {
      expect(isForeign(foreign)).toBe(true)
    }
    expect(isForeign(card)).toBe(false)
  })

  it('says what it is about by its types, or else by its resources', () => {
    const kindOf = (types: readonly string[], resource: string) => {
      const vc = { type: ['https://smarthealth.cards#health-card', ...types] }
      const verdict = read(signCard(issuer, payloadOf(issuer.iss, {}, vc, [patient(), { resourceType: resource }])))
      return verdict.verdict === 'accepted' && verdict.kind
    }
    expect(kindOf(['https://smarthealth.cards#laboratory'], 'Basic')).toBe('lab')
    expect(kindOf([], 'Observation')).toBe('lab')
    expect(kindOf([], 'Immunization')).toBe('immunization')
    expect(kindOf([], 'Condition')).toBe('record')
  })

  it('of several persons in one file is good for each, but is no answer about one person', () => {
    const other = signCard(issuer, payloadOf(issuer.iss, {}, {}, [patient('Another')]))
    const file = JSON.stringify({ verifiableCredential: [card, other] })
    expect(readShcCards(trust, file, context).map(({ verdict }) => verdict)).toEqual(['accepted', 'accepted'])
    expect(codes(file)).toEqual(['several-holders'])
    expect(codes(JSON.stringify({ verifiableCredential: [card, card] }))).toEqual(['accepted'])
  })
})

describe('a card in several QR codes', () => {
  const large = signCard(issuer, largePayload(issuer.iss))

  it('is accepted with all parts, in any order, as a list or with white space between them', () => {
    expect(large.length).toBeGreaterThan(1195)
    const parts = toParts(large, 2)
    expect(codes(parts)).toEqual(['accepted'])
    expect(codes(parts.toReversed())).toEqual(['accepted'])
    expect(codes(parts.join('\n'))).toEqual(['accepted'])
  })

  it('is refused with a part missing, given twice, of another number, or from another card', () => {
    const [first = '', second = ''] = toParts(large, 2)
    expect(codes(first)).toEqual(['parts-missing'])
    expect(codes([first, first])).toEqual(['malformed'])
    expect(codes([first, second, second])).toEqual(['malformed'])
    expect(codes([first, second.replace('/2/2/', '/3/2/')])).toEqual(['malformed'])
    expect(codes([first, second.replace('/2/2/', '/2/3/')])).toEqual(['malformed'])
    const other = toParts(signCard(issuer, largePayload(issuer.iss, 25)), 2)[1] ?? ''
    expect(codes([first, other])).not.toEqual(['accepted'])
  })

  it('is refused where it fits one code, or where a part fits none', () => {
    expect(codes(toParts(card, 3))).toEqual(['malformed'])
    const huge = signCard(issuer, largePayload(issuer.iss, 60))
    expect(huge.length).toBeGreaterThan(2 * 1191)
    expect(codes(toParts(huge, 2))).toEqual(['malformed'])
    expect(codes(toParts(huge, Math.ceil(huge.length / 1191)))).toEqual(['accepted'])
  })
})

describe('a text that is not exactly a card', () => {
  it.each([
    ['a space before it', ` ${card}`],
    ['a line break behind it', `${card}\n`],
    ['a byte order mark', `\uFEFF${card}`],
    ['padding', `${card}=`],
    ['a fourth part', `${card}.AAAA`],
    ['an odd number of digits', `${toNumeric(card)}1`],
    ['a pair above 77', `${toNumeric(card)}78`],
    ['another prefix', toNumeric(card).replace('shc:/', 'shc:')],
    ['nothing', ''],
    ['a file with something behind it', `${JSON.stringify({ verifiableCredential: [card] })} `],
    ['a file without cards', JSON.stringify({ verifiableCredential: [] })],
    ['a file of eleven cards', JSON.stringify({ verifiableCredential: Array.from({ length: 11 }, () => card) })],
  ])('is refused: %s', (_what, text) => {
    expect(codes(text)).toEqual(['malformed'])
  })

  it('is refused in another spelling of its last character', () => {
    const last = card.at(-1) ?? ''
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const twin = `${card.slice(0, -1)}${alphabet[alphabet.indexOf(last) + 1] ?? ''}`
    expect(Buffer.from(twin.split('.')[2] ?? '', 'base64url')).toEqual(
      Buffer.from(card.split('.')[2] ?? '', 'base64url'),
    )
    expect(codes(twin)).toEqual(['malformed'])
  })

  it('is never followed where it is a link', () => {
    expect(codes('shlink:/eyJ1cmwiOiJodHRwczovL2V4YW1wbGUuY29tIn0')).toEqual(['link-not-followed'])
    expect(codes('https://viewer.example/#shlink:/eyJ1cmwiOiJodHRwczovL2V4YW1wbGUuY29tIn0')).toEqual([
      'link-not-followed',
    ])
  })
})

describe('a header that would change how the card is verified', () => {
  it.each([
    ['algorithm-not-allowed', { alg: 'none' }],
    ['algorithm-not-allowed', { alg: 'HS256' }],
    ['algorithm-not-allowed', { alg: 'ES384' }],
    ['algorithm-not-allowed', { alg: 'es256' }],
    ['malformed', { zip: undefined }],
    ['malformed', { zip: 'GZ' }],
    ['malformed', { kid: undefined }],
    ['malformed', { crit: ['exp'] }],
    ['malformed', { jwk: issuer.jwk }],
    ['malformed', { x5c: [] }],
  ])('is refused as %s: %o', (code, header) => {
    expect(signedWith({ header })).toEqual([code])
  })
})

describe('a signature', () => {
  it('is refused in DER, cut, or made over something else', () => {
    const der = (signed: Buffer) => sign('sha256', signed, issuer.privateKey)
    expect(signedWith({ signature: der })).toEqual(['malformed'])
    expect(signedWith({ signature: () => new Uint8Array(63) })).toEqual(['malformed'])
    expect(signedWith({ signature: () => new Uint8Array(64) })).toEqual(['signature-invalid'])
    expect(signedWith({ signature: () => randomBytes(64) })).toEqual(['signature-invalid'])
  })

  it('of one trusted issuer is worth nothing in the name of another', () => {
    const other = makeIssuer('https://other.example')
    const both = trustIn([issuer, other])
    expect(codes(signCard(other, payloadOf(other.iss)), both)).toEqual(['accepted'])
    expect(codes(signCard(other, payloadOf(issuer.iss)), both)).toEqual(['key-unknown'])
    expect(codes(signCard(other, payloadOf(issuer.iss), { header: { kid: issuer.kid } }), both)).toEqual([
      'signature-invalid',
    ])
  })
})

describe('a payload', () => {
  it('that inflates beyond the limit is refused before it is whole', () => {
    const bomb = deflateRawSync(Buffer.alloc(40 * 1024 * 1024), { level: 9 })
    const before = process.memoryUsage().arrayBuffers
    expect(signedWith({ compressed: bomb })).toEqual(['malformed'])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024)
  })

  it('is refused with a zlib header, with bytes behind it, cut, or not compressed', () => {
    const text = JSON.stringify(good)
    expect(signedWith({ compressed: deflateSync(text) })).toEqual(['malformed'])
    expect(signedWith({ compressed: Buffer.concat([deflateRawSync(text), Buffer.from([0])]) })).toEqual(['malformed'])
    expect(signedWith({ compressed: deflateRawSync(text).subarray(0, -2) })).toEqual(['malformed'])
    expect(signedWith({ compressed: Buffer.from(text) })).toEqual(['malformed'])
  })

  it('is refused where a signed member comes twice', () => {
    const text = JSON.stringify(good).replace('"vc":', '"exp":99999999999,"exp":1,"vc":')
    expect(codes(signCard(issuer, text))).toEqual(['malformed'])
  })

  it.each([
    ['no nbf', payloadOf(issuer.iss, { nbf: undefined })],
    ['nbf as text', payloadOf(issuer.iss, { nbf: '1' })],
    ['an end before its beginning', payloadOf(issuer.iss, { exp: NBF - 1 })],
    ['no health-card type', payloadOf(issuer.iss, {}, { type: ['https://smarthealth.cards#immunization'] })],
    ['a rid of 25 characters', payloadOf(issuer.iss, {}, { rid: 'a'.repeat(25) })],
    ['no bundle', payloadOf(issuer.iss, {}, { credentialSubject: {} })],
    ['nobody in it', payloadOf(issuer.iss, {}, {}, [{ resourceType: 'Immunization' }])],
    ['two persons in it', payloadOf(issuer.iss, {}, {}, [patient(), patient('Another')])],
    ['an empty element in it', payloadOf(issuer.iss, {}, {}, [patient(), { resourceType: 'Basic', code: {} }])],
  ])('is refused with %s', (_what, payload) => {
    expect(codes(signCard(issuer, payload))).toEqual(['malformed'])
  })

  it('is refused from an issuer without https, with a slash at the end, or on no list', () => {
    for (const iss of ['http://issuer.example/shc', `${issuer.iss}/`, 'https://nobody.example', 'issuer']) {
      expect(codes(signCard(issuer, payloadOf(iss)))).toEqual(['issuer-unknown'])
    }
  })
})

describe('the times of a card', () => {
  const at = (more: Readonly<Record<string, unknown>>, nowMs = NOW_MS) =>
    codes(signCard(issuer, payloadOf(issuer.iss, more)), trust, nowMs)

  it('begin with nbf, where clocks may differ a little, and end with exp exactly', () => {
    expect(at({}, (NBF - 30) * 1000)).toEqual(['accepted'])
    expect(at({}, (NBF - 31) * 1000)).toEqual(['not-yet-valid'])
    expect(at({ exp: NBF + 60 }, (NBF + 60) * 1000 - 1)).toEqual(['accepted'])
    expect(at({ exp: NBF + 60 }, (NBF + 60) * 1000)).toEqual(['expired'])
  })

  it('in milliseconds make no card older or longer-lived', () => {
    expect(at({ nbf: NBF * 1000 })).toEqual(['not-yet-valid'])
    expect(at({ exp: (NBF + 60) * 1000 })).toEqual(['expired'])
    expect(at({ exp: (NBF + 10 * 86_400) * 1000 })).toEqual(['accepted'])
  })
})

describe('revocation', () => {
  const revoking = makeIssuer('https://revoking.example', { crlVersion: 4 })
  const listed = (rids: readonly string[]) => trustIn([revoking], [{ kid: revoking.kid, method: 'rid', ctr: 4, rids }])
  const withRid = (rid: string, order: SignOrder = {}) =>
    signCard(revoking, payloadOf(revoking.iss, {}, { rid }), order)

  it('refuses the id, and nobody else', () => {
    expect(codes(withRid('abc'), listed(['abc']))).toEqual(['revoked'])
    expect(codes(withRid('abd'), listed(['abc']))).toEqual(['accepted'])
  })

  it('with a time refuses only the cards from before it', () => {
    expect(codes(withRid('abc'), listed([`abc.${NBF + 1}`]))).toEqual(['revoked'])
    expect(codes(withRid('abc'), listed([`abc.${NBF}`]))).toEqual(['accepted'])
  })

  it('cannot be escaped by another signature of the same card', () => {
    // Also (r, n - s) holds: whoever has a card can make its twin.
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const [head, body, end = ''] = withRid('abc').split('.')
    const bytes = Buffer.from(end, 'base64url')
    const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
    bytes.write(s.toString(16).padStart(64, '0'), 32, 'hex')
    const twin = `${head}.${body}.${bytes.toString('base64url')}`
    expect(codes(twin, listed([]))).toEqual(['accepted'])
    expect(codes(twin, listed(['abc']))).toEqual(['revoked'])
  })

  it('that cannot be looked up refuses a card that could be revoked', () => {
    expect(codes(withRid('abc'), trustIn([revoking]))).toEqual(['status-unavailable'])
    expect(codes(signCard(revoking, payloadOf(revoking.iss)), trustIn([revoking]))).toEqual(['accepted'])
  })

  it('comes with every other reason', () => {
    const payload = payloadOf(revoking.iss, { exp: NBF + 1 }, { rid: 'abc' })
    expect(codes(signCard(revoking, payload), listed(['abc']))).toEqual(['expired', 'revoked'])
  })
})

describe('the trust list', () => {
  it('is needed, and ends', () => {
    expect(codes(card, { shc: undefined, dcc: undefined })).toEqual(['trust-list-missing'])
    expect(codes(card, trust, Date.parse('2027-01-01T00:00:00Z'))).toEqual(['trust-list-too-old'])
  })

  it('may hold a key with certificates: then the key is good while they are', () => {
    const bare = makeIssuer('https://certified.example')
    const from = '2026-05-01T00:00:00Z'
    const to = '2026-06-03T00:00:00Z'
    const { publicKey, privateKey } = bare
    const der = makeCertificate({ common: 'leaf', publicKey, signingKey: privateKey, from, to, uri: bare.iss })
    const certified = { ...bare, jwk: { ...bare.jwk, x5c: [der.toString('base64')] } }
    const shown = signCard(bare, payloadOf(bare.iss))
    expect(codes(shown, trustIn([certified]))).toEqual(['accepted'])
    expect(codes(shown, trustIn([certified]), Date.parse(to) + 1000)).toEqual(['key-not-in-force'])
  })
})

describe('whatever is shown', () => {
  it('is refused, without a throw, after any change of one character', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(card, toNumeric(card), JSON.stringify({ verifiableCredential: [card] })),
        fc.nat(),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        (text, where, character) => {
          const at = where % text.length
          const changed = text.slice(0, at) + character + text.slice(at + 1)
          fc.pre(changed !== text)
          expect(read(changed).verdict).toBe('refused')
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('is refused, without a throw, where bytes of the payload were changed and the rest is well formed', () => {
    const [head = '', body = '', end = ''] = card.split('.')
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (where, flip) => {
        const bytes = Buffer.from(body, 'base64url')
        const at = where % bytes.length
        bytes[at] = (bytes[at] ?? 0) ^ flip
        expect(read(`${head}.${bytes.toString('base64url')}.${end}`).verdict).toBe('refused')
      }),
      { numRuns: 2000 },
    )
  })

  it('is refused, without a throw, where the signed content is any JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(read(signCard(issuer, text)).verdict).toBe('refused')
      }),
      { numRuns: 300 },
    )
  })
})
