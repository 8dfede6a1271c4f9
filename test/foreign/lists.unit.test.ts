import { describe, expect, it } from 'vitest'
import { createForeignTrust } from '../../src/foreign/index.ts'
import { thumbprint } from '../../src/foreign/shc/key-set.ts'
import { AppError } from '../../src/kernel/errors.ts'
import { dccListOf, makeSigner } from './dcc-maker.ts'
import { type CertificateOrder, makeCertificate } from './der.ts'
import { listOf, makeIssuer, type ShcIssuer } from './shc-maker.ts'

/** What is wrong with a list, as `pointer detail`. */
function wrong(lists: { shc?: unknown; dcc?: unknown }): readonly string[] {
  try {
    createForeignTrust(lists)
    return []
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'foreign.list-invalid') throw error
    return error.errors.map(({ pointer, detail }) => `${pointer} ${detail}`)
  }
}

const issuer = makeIssuer()
const withKey = (more: Readonly<Record<string, unknown>>) =>
  wrong({ shc: listOf([{ ...issuer, jwk: { ...issuer.jwk, ...more } }]) })

describe('a trust list', () => {
  it('is taken whole or not at all', () => {
    const trust = createForeignTrust({ shc: listOf([issuer]), dcc: dccListOf([makeSigner()]) })
    expect([trust.shc?.issuers.size, trust.dcc?.keys.size]).toEqual([1, 1])
    expect(wrong({ shc: listOf([issuer, { ...makeIssuer(), iss: 'http://x.example' }]) })).toHaveLength(1)
    expect(createForeignTrust({})).toEqual({ shc: undefined, dcc: undefined })
  })

  it.each([
    ['another format', { format: 'dcc' }, '/format'],
    ['no version', { version: 0 }, '/version'],
    ['no source', { source: '' }, '/source'],
    ['a day as its time', { issuedAt: '2026-01-01' }, '/issuedAt'],
    ['an end before its beginning', { validUntil: '2025-01-01T00:00:00Z' }, '/validUntil'],
    ['issuers that are no list', { issuers: {} }, '/issuers'],
  ])('is refused with %s', (_what, more, pointer) => {
    expect(wrong({ shc: { ...listOf([issuer]), ...more } }).map((one) => one.split(' ')[0])).toEqual([pointer])
  })

  it('names an issuer once', () => {
    expect(wrong({ shc: listOf([issuer, issuer]) })).toEqual(['/issuers/1/iss comes twice'])
  })

  it('shows only the first errors of a list that is wrong throughout', () => {
    const der = 'AAAA'
    const certificates = Array.from({ length: 200 }, () => ({ country: 'AT', der }))
    expect(wrong({ dcc: { ...dccListOf([]), certificates } })).toHaveLength(50)
  })
})

describe('a key of an issuer of health cards', () => {
  it.each([
    ['RSA', { kty: 'RSA' }, 'kty is not EC'],
    ['for encryption', { use: 'enc' }, 'use is not sig'],
    ['of another curve', { crv: 'P-384' }, 'crv is not P-256'],
    ['with its private part', { d: 'AAAA' }, 'has its private part, which must never be published'],
    ['with a kid that is not its thumbprint', { kid: 'one' }, 'kid is not the thumbprint of the key'],
    ['with a coordinate that is too short', { x: 'AAAA' }, 'x and y are not coordinates of 32 bytes'],
    ['with a counter that is none', { crlVersion: '1' }, 'crlVersion is not a counter'],
  ])('is refused: %s', (_what, more, detail) => {
    expect(withKey(more)).toEqual([`/issuers/0/jwks/keys/0 ${detail}`])
  })

  it('is refused where it is no point of the curve', () => {
    const x = Buffer.alloc(32, 1).toString('base64url')
    const y = Buffer.alloc(32, 2).toString('base64url')
    expect(withKey({ x, y, kid: thumbprint(x, y) })).toEqual(['/issuers/0/jwks/keys/0 is not a point of the curve'])
  })
})

describe('the certificates of a key', () => {
  const ca = makeIssuer()
  const from = '2026-01-01T00:00:00Z'
  const to = '2027-01-01T00:00:00Z'
  const make = (order: Partial<CertificateOrder>) =>
    makeCertificate({
      common: 'leaf',
      publicKey: issuer.publicKey,
      uri: issuer.iss,
      issuer: { common: 'authority' },
      signingKey: ca.privateKey,
      from,
      to,
      ...order,
    }).toString('base64')
  const authority = (order: Partial<CertificateOrder> = {}) =>
    make({ common: 'authority', publicKey: ca.publicKey, ca: true, ...order })
  const chain = (...x5c: readonly string[]) =>
    withKey({ x5c }).map((one) => one.replace('/issuers/0/jwks/keys/0 x5c ', ''))

  it('are taken where each was issued by the next', () => {
    expect(chain(make({}), authority())).toEqual([])
    expect(chain(make({}))).toEqual([])
  })

  it('are refused for another key, another address, or none', () => {
    expect(chain(make({ publicKey: ca.publicKey }), authority())).toEqual(['begins with another key'])
    const elsewhere = make({ uri: 'https://other.example' })
    expect(chain(elsewhere, authority())).toEqual(["begins with a certificate of another issuer's address"])
    const nowhere = makeCertificate({
      common: 'leaf',
      publicKey: issuer.publicKey,
      signingKey: issuer.privateKey,
      from,
      to,
    }).toString('base64')
    expect(chain(nowhere)).toEqual(['begins with a certificate that names no address'])
  })

  it('are refused where the next one is no authority, another one, or did not sign', () => {
    const broken = ['holds a certificate (0) that the next one did not issue']
    expect(chain(make({}), authority({ ca: false }))).toEqual(broken)
    expect(chain(make({}), authority({ common: 'another', issuer: { common: 'another' } }))).toEqual(broken)
    expect(chain(make({ signingKey: issuer.privateKey }), authority())).toEqual(broken)
  })

  it('are refused where something is not a certificate, or too many are given', () => {
    expect(chain(make({}), 'AAAA')).toEqual(['holds what is not a certificate'])
    expect(chain(`${make({})} `)).toEqual(['holds what is not a certificate'])
    const twice = Buffer.from(make({}), 'base64')
    expect(chain(Buffer.concat([twice, twice]).toString('base64'))).toEqual(['holds what is not a certificate'])
    expect(chain(...Array.from({ length: 6 }, () => make({})))).toEqual(['is not a list of certificates'])
  })
})

describe('a revocation file', () => {
  const revoking = makeIssuer('https://revoking.example', { crlVersion: 2 })
  const file = (more: object, on: ShcIssuer = revoking) =>
    wrong({
      shc: listOf([on], [{ kid: on.kid, method: 'rid', ctr: 2, rids: ['abc', 'abd.1780272000'], ...more }]),
    }).map((one) => one.replace('/issuers/0/crls/0', ''))

  it('is taken with ids, and ids with times', () => {
    expect(file({})).toEqual([])
    expect(file({ rids: [] })).toEqual([])
  })

  it.each([
    ['another method', { method: 'bits' }, '/method is not rid'],
    ['a counter that the key does not name', { ctr: 1 }, '/ctr is not the crlVersion of the key'],
    ['no ids', { rids: 'abc' }, '/rids is not a list of revoked ids'],
    ['an id twice', { rids: ['abc', 'abc.5'] }, '/rids/1 names an id that is named before'],
    [
      'an id of 25 characters',
      { rids: ['a'.repeat(25)] },
      '/rids/0 is not an id of 24 characters at most, or an id and a time',
    ],
    [
      'a time that is none',
      { rids: ['abc.soon'] },
      '/rids/0 is not an id of 24 characters at most, or an id and a time',
    ],
  ])('is refused with %s', (_what, more, problem) => {
    expect(file(more)).toEqual([problem])
  })

  it('is refused where the key names none, where it is of another key, or comes twice', () => {
    expect(file({}, makeIssuer())).toEqual(['/ctr is not the crlVersion of the key'])
    const list = listOf([revoking])
    const crl = { kid: revoking.kid, method: 'rid', ctr: 2, rids: [] }
    const withCrls = (...crls: readonly object[]) => ({ ...list, issuers: [{ ...list.issuers[0], crls }] })
    expect(wrong({ shc: withCrls(crl, crl) })).toEqual(['/issuers/0/crls/1/kid comes twice'])
    expect(wrong({ shc: withCrls({ ...crl, kid: issuer.kid }) })).toEqual([
      '/issuers/0/crls/0/kid is not a key of this issuer',
    ])
  })
})

describe('a certificate of an EU signer', () => {
  it.each([
    ['a country of three letters', { country: 'AUT' }, '/certificates/0/country is not a code of two letters'],
    ['what is no certificate', { der: 'AAAA' }, '/certificates/0/der is not a certificate'],
  ])('is refused with %s', (_what, more, problem) => {
    const list = dccListOf([makeSigner()])
    expect(wrong({ dcc: { ...list, certificates: [{ ...list.certificates[0], ...more }] } })).toEqual([problem])
  })

  it('is refused where it comes twice', () => {
    const signer = makeSigner()
    expect(wrong({ dcc: dccListOf([signer, signer]) })).toEqual(['/certificates/1/der comes twice'])
  })
})
