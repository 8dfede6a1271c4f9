import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { generateKey, jwkToVerifier, kidOf, openSigner } from '../../src/issuers/algorithms.ts'
import { nodeSm2Id, testKnownAnswers } from '../../src/issuers/self-test.ts'
import { sm2Here } from '../../src/issuers/sm2/open-sm2.ts'
import { KEY_ALGORITHMS } from '../../src/issuers/types.ts'

const sm2 = sm2Here()
const message = Buffer.from('eyJhbGciOiJFUzI1NiJ9.e30')

describe.each(KEY_ALGORITHMS)('%s', (alg) => {
  const { publicJwk, privateText } = generateKey(alg)

  it('verifies with the public key what the private one signed, in 64 bytes, and nothing else', async () => {
    const signature = await openSigner(alg, privateText, publicJwk, sm2)(message)
    expect(signature).toHaveLength(64)
    for (const check of [jwkToVerifier(publicJwk), jwkToVerifier(publicJwk, sm2)]) {
      expect(await check(message, signature)).toBe(true)
      expect(await check(Buffer.from('x'), signature)).toBe(false)
      expect(await check(message, signature.subarray(1))).toBe(false)
      expect(await check(message, Buffer.alloc(0))).toBe(false)
    }
    expect(await jwkToVerifier(generateKey(alg).publicJwk)(message, signature)).toBe(false)
  })

  it('publishes no private member, and names the key by 11 characters', () => {
    expect(Object.keys(publicJwk).toSorted()).toEqual(alg === 'EdDSA' ? ['crv', 'kty', 'x'] : ['crv', 'kty', 'x', 'y'])
    expect(kidOf(publicJwk)).toMatch(/^[\w-]{11}$/)
  })
})

describe('a key of no known kind', () => {
  it.each([
    ['another curve', { kty: 'EC', crv: 'P-384', x: 'AA', y: 'AA' }],
    ['a secret', { kty: 'oct', k: 'AA' }],
    ['a point that is not on the curve', { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }],
    ['an SM2 key of the wrong length', { kty: 'EC', crv: 'SM2', x: 'AA', y: 'AA' }],
    ['an SM2 key without y', { kty: 'EC', crv: 'SM2', x: 'A'.repeat(43) }],
    ['nothing', {}],
  ])('(%s) accepts nothing and does not throw', async (_name, jwk) => {
    expect(await jwkToVerifier(jwk)(message, Buffer.alloc(64, 1))).toBe(false)
  })

  it('cannot be told to be another kind: an Ed25519 key with the signature of a P-256 key', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const signature = sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' })
    expect(await jwkToVerifier(generateKey('EdDSA').publicJwk)(message, signature)).toBe(false)
    expect(await jwkToVerifier(generateKey('SM2-SM3').publicJwk)(message, signature)).toBe(false)
  })

  it('accepts no DER, which would give a signature more spellings', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const check = jwkToVerifier({ ...publicKey.export({ format: 'jwk' }) })
    expect(await check(message, sign('sha256', message, privateKey))).toBe(false)
  })
})

describe('the known answers at the start', () => {
  it('are given by the code that serves', () => {
    expect(() => testKnownAnswers()).not.toThrow()
  })

  it('stop the start where they are not given', () => {
    expect(() => testKnownAnswers(() => () => false)).toThrow('ES256 fails its self-test')
    expect(() => testKnownAnswers(() => () => true)).toThrow('ES256 fails its self-test')
    const onlyOneCurve: typeof jwkToVerifier = (jwk) =>
      jwk['crv' as never] === 'P-256' ? jwkToVerifier(jwk) : () => false
    expect(() => testKnownAnswers(onlyOneCurve)).toThrow('EdDSA fails its self-test')
  })

  it('say which id the SM2 of node:crypto takes, which is not used', () => {
    // OpenSSL announces the default id from 4.0 on.
    const [major] = process.versions.openssl.split('.')
    expect(nodeSm2Id()).toBe(Number(major) < 4 ? 'empty' : 'default')
  })
})
