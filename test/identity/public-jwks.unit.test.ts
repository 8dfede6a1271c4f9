import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readPublicJwks } from '../../src/identity/public-jwks.ts'
import { ALL_SCOPES, SCOPES_BY_ROLE } from '../../src/identity/scopes.ts'
import { type Alg, makeKey } from './support.ts'

describe('readPublicJwks', () => {
  it.each<Alg>(['ES256', 'ES384', 'RS384', 'EdDSA'])('fixes the algorithm of a key by its type: %s', async (alg) => {
    const { publicJwk } = await makeKey(alg)
    expect(await readPublicJwks({ keys: [publicJwk] })).toEqual({ keys: [{ ...publicJwk, alg, use: 'sig' }] })
  })

  it('names a key without kid by its thumbprint', async () => {
    const { publicJwk } = await makeKey()
    const { kid, ...nameless } = publicJwk
    expect(await readPublicJwks({ keys: [nameless] })).toMatchObject({ keys: [{ kid }] })
  })

  it('drops members that are no part of a public key', async () => {
    const { publicJwk } = await makeKey()
    const read = await readPublicJwks({ keys: [{ ...publicJwk, x5u: 'http://inside.example/', note: 'hello' }] })
    expect(JSON.stringify(read)).not.toMatch(/x5u|note/)
  })

  it.each<Alg>(['ES256', 'RS384', 'EdDSA'])('refuses a private %s key and never repeats it', async (alg) => {
    const { privateJwk } = await makeKey(alg)
    const read = await readPublicJwks({ keys: [privateJwk] })
    expect(read).toEqual({
      problems: ['jwks.keys[0] holds a private or symmetric key: make a new pair and send the public half only'],
    })
  })

  it('refuses what is not a usable public key, naming its place', async () => {
    const { publicJwk } = await makeKey()
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const cases: [unknown, RegExp][] = [
      [null, /is not an object/],
      [{ kty: 'oct', k: 'c2VjcmV0' }, /private or symmetric/],
      [{ kty: 'EC', crv: 'secp256k1', x: 'a', y: 'b' }, /must be EC P-256, EC P-384, RSA or Ed25519/],
      [{ ...publicJwk, x: publicJwk.y, y: publicJwk.x }, /is not a valid public key/],
      [{ ...publicJwk, alg: 'RS384' }, /has another alg than ES256/],
      [{ ...publicJwk, use: 'enc' }, /not meant for signatures/],
      [{ ...publicJwk, kid: 'with blank' }, /kid that is not/],
      [publicKey.export({ format: 'jwk' }), /less than 2048 bits/],
    ]
    for (const [entry, reason] of cases) {
      const read = await readPublicJwks({ keys: [publicJwk, entry] })
      expect(read).toEqual({ problems: [expect.stringMatching(/^jwks\.keys\[1\] /)] })
      expect(JSON.stringify(read)).toMatch(reason)
    }
    expect(await readPublicJwks({ keys: [publicJwk, publicJwk] })).toEqual({ problems: ['jwks.keys[1] repeats a kid'] })
  })

  it.each([undefined, null, {}, { keys: [] }, { keys: 'all' }, { keys: Array(11).fill({}) }])(
    'refuses a set that is no list of 1 to 10 keys (case %#)',
    async (jwks) => {
      expect(await readPublicJwks(jwks)).toEqual({ problems: ['jwks.keys must be a list of 1 to 10 keys'] })
    },
  )
})

describe('the scopes of a role', () => {
  it('let nobody but the issuer issue cards, and only care, bureaus and issuers write persons', () => {
    const holders = (scope: string) =>
      Object.entries(SCOPES_BY_ROLE).flatMap(([role, scopes]) => (scopes.includes(scope) ? [role] : []))
    expect(holders('cards.issue')).toEqual(['issuer'])
    expect(holders('people.write')).toEqual(['hospital', 'bureau', 'issuer'])
    expect(holders('records.manage')).toEqual(['operator'])
  })

  it('are listed once each in the discovery document', () => {
    expect(new Set(ALL_SCOPES).size).toBe(ALL_SCOPES.length)
  })
})
