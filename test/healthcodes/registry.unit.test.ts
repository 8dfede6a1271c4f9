import { describe, expect, it } from 'vitest'
import { buildRegistry, keepChecks, type OpenCheck } from '../../src/healthcodes/registry.ts'
import type { IssuerJwk, IssuerVersion } from '../../src/healthcodes/types.ts'
import { generateKey } from '../../src/issuers/algorithms.ts'
import { jwkToVerifier } from '../../src/issuers/index.ts'

const key = (kid: string, alg: IssuerJwk['alg']): IssuerJwk => ({ ...generateKey(alg).publicJwk, kid, alg })
const version = (number: number, keys: readonly IssuerJwk[]): IssuerVersion => ({
  issuer: 'urn:health-code:500000',
  version: number,
  city: null,
  name: { zh: '重庆市', en: 'Chongqing' },
  region: '500000',
  keys,
  levels: [],
  maxAgeS: null,
  fromMs: 0,
  toMs: null,
  source: 'test',
  verified: false,
})

describe('keys of foreign issuers', () => {
  it('are prepared when the register is made, not when a code names them, and once whatever is made anew', () => {
    const opened: string[] = []
    const open: OpenCheck = (jwk) => {
      opened.push(jwk.x)
      return jwkToVerifier(jwk)
    }
    const [sm2, other] = [key('a', 'SM2-SM3'), key('b', 'ES256')]
    const checks = keepChecks(open)
    const first = buildRegistry([version(1, [sm2, other])], checks)
    expect(opened).toEqual([sm2.x, other.x])
    const before = first.foreignKey('urn:health-code:500000', 'a', 1)
    // The same coordinates under another name, in another version.
    const again = buildRegistry([version(1, [{ ...sm2 }, other]), version(2, [{ ...sm2, kid: 'c' }])], checks)
    expect(again.foreignKey('urn:health-code:500000', 'a', 1)?.verify).toBe(before?.verify)
    expect(again.foreignKey('urn:health-code:500000', 'c', 2)?.verify).toBe(before?.verify)
    expect(opened).toHaveLength(2)
  })

  it('are those of the named version alone, or of any where that version is not known', () => {
    const [a, b] = [key('a', 'ES256'), key('b', 'EdDSA')]
    const registry = buildRegistry([version(1, [a]), version(2, [b])], jwkToVerifier)
    const find = (kid: string, number: number) => registry.foreignKey('urn:health-code:500000', kid, number)?.alg
    expect([find('a', 1), find('a', 2), find('b', 9), find('c', 9)]).toEqual(['ES256', undefined, 'EdDSA', undefined])
    expect(registry.foreignKey('urn:health-code:999999', 'a', 1)).toBeUndefined()
  })
})
