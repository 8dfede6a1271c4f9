import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { encode, Tag } from 'cbor2'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  encodeStatusList,
  type ReadStatusListOptions,
  readStatusListToken,
  refetchAtMs,
  STATUS_LIST_CWT,
  STATUS_LIST_JWT,
  statusAt,
  statusListPayload,
} from '../../src/statuslist/index.ts'

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const SUB = 'https://hub.example/trust/status/510100'
const IAT = 1_790_000_000
const LST = await encodeStatusList(1, Uint8Array.from([0xb9, 0xa3]))
const claims = { sub: SUB, iat: IAT, exp: IAT + 3600, ttl: 60, bits: 1 as const, lst: LST }
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const signBytes = (bytes: Uint8Array) => sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' })

function jwt(payload: object, header: object = { alg: 'ES256', kid: 'k1', typ: STATUS_LIST_JWT }): string {
  const signed = `${part(header)}.${part(payload)}`
  return `${signed}.${signBytes(Buffer.from(signed)).toString('base64url')}`
}

function cwt(payload: Map<number, unknown>, alg = -7): Uint8Array {
  const head = encode(
    new Map<number, unknown>([
      [1, alg],
      [16, STATUS_LIST_CWT],
    ]),
  )
  const body = encode(payload)
  const signature = signBytes(encode(['Signature1', head, new Uint8Array(0), body]))
  return encode(new Tag(18, [head, new Map([[4, new TextEncoder().encode('k1')]]), body, new Uint8Array(signature)]))
}

const options: ReadStatusListOptions = {
  verify: (kid, signed, signature, alg) =>
    kid === 'k1' && alg === 'ES256'
      ? verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
      : undefined,
  sub: SUB,
  nowMs: (IAT + 10) * 1000,
  skewS: 5,
}
const read = (token: string | Uint8Array, more: Partial<ReadStatusListOptions> = {}) =>
  readStatusListToken(token, { ...options, ...more })
const refusalOf = async (token: string | Uint8Array, more: Partial<ReadStatusListOptions> = {}) => {
  const answer = await read(token, more)
  return answer.ok ? 'accepted' : answer.reason
}

describe('a status list as JWT', () => {
  it('gives the bits and says when to fetch it again', async () => {
    const answer = await read(jwt(statusListPayload(claims)))
    expect(answer.ok && statusAt(answer.list, 3)).toBe(1)
    expect(answer.ok && refetchAtMs(answer.claims, 5_000)).toBe(65_000)
    expect(answer.ok && refetchAtMs({ ...answer.claims, ttl: 100_000 }, IAT * 1000)).toBe((IAT + 3600) * 1000)
  })

  it('is good from iat to exp, and a clock may differ at the beginning only', async () => {
    const token = jwt(statusListPayload(claims))
    expect(await refusalOf(token, { nowMs: (IAT - 5) * 1000 })).toBe('accepted')
    expect(await refusalOf(token, { nowMs: (IAT - 6) * 1000 })).toBe('not-yet-valid')
    expect(await refusalOf(token, { nowMs: (IAT + 3600) * 1000 - 1 })).toBe('accepted')
    expect(await refusalOf(token, { nowMs: (IAT + 3600) * 1000 })).toBe('expired')
  })

  it('is refused where it is older than the list in hand', async () => {
    const token = jwt(statusListPayload(claims))
    expect(await refusalOf(token, { knownIat: IAT })).toBe('accepted')
    expect(await refusalOf(token, { knownIat: IAT + 1 })).toBe('older-than-known')
  })

  it('is refused for another address, an unknown key, or an algorithm that nothing allows', async () => {
    expect(await refusalOf(jwt(statusListPayload({ ...claims, sub: `${SUB}/` })))).toBe('subject-mismatch')
    const payload = statusListPayload(claims)
    const header = { alg: 'ES256', kid: 'k1', typ: STATUS_LIST_JWT }
    expect(await refusalOf(jwt(payload, { ...header, kid: 'k2' }))).toBe('key-unknown')
    expect(await refusalOf(jwt(payload, { ...header, alg: 'EdDSA' }))).toBe('key-unknown')
    for (const alg of ['none', 'HS256', 'es256', undefined]) {
      expect(await refusalOf(jwt(payload, { ...header, alg }))).toBe('algorithm-not-allowed')
    }
    expect(await refusalOf(jwt(payload, { ...header, typ: 'JWT' }))).toBe('malformed')
    expect(await refusalOf(jwt(payload, { ...header, crit: ['exp'] }))).toBe('malformed')
  })

  it.each([
    ['no iat', { sub: SUB, status_list: { bits: 1, lst: LST } }],
    ['iat in milliseconds', { sub: SUB, iat: IAT * 1000, status_list: { bits: 1, lst: LST } }],
    ['exp before iat', { sub: SUB, iat: IAT, exp: IAT - 1, status_list: { bits: 1, lst: LST } }],
    ['a ttl of nothing', { sub: SUB, iat: IAT, ttl: 0, status_list: { bits: 1, lst: LST } }],
    ['three bits', { sub: SUB, iat: IAT, status_list: { bits: 3, lst: LST } }],
    ['no list', { sub: SUB, iat: IAT }],
  ])('is refused with %s', async (_what, payload) => {
    expect(await refusalOf(jwt(payload))).toBe('malformed')
  })

  it('is refused where a signed member comes twice', async () => {
    const text = JSON.stringify(statusListPayload(claims)).replace('{', '{"exp":9999999999,')
    const head = part({ alg: 'ES256', kid: 'k1', typ: STATUS_LIST_JWT })
    const signed = `${head}.${Buffer.from(text).toString('base64url')}`
    expect(await refusalOf(`${signed}.${signBytes(Buffer.from(signed)).toString('base64url')}`)).toBe('malformed')
  })

  it('is refused, without a throw, after any change of a character', async () => {
    const token = jwt(statusListPayload(claims))
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.integer({ min: 32, max: 126 }), async (at, unit) => {
        const changed = token.slice(0, at) + String.fromCharCode(unit) + token.slice(at + 1)
        fc.pre(changed !== token)
        expect((await read(changed)).ok).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a status list as CWT', () => {
  const payload = new Map<number, unknown>([
    [2, SUB],
    [6, IAT],
    [4, IAT + 3600],
    [65534, 60],
    [
      65533,
      new Map<string, unknown>([
        ['bits', 1],
        ['lst', new Uint8Array(Buffer.from(LST, 'base64url'))],
      ]),
    ],
  ])

  it('gives the same bits', async () => {
    const answer = await read(cwt(payload))
    expect(answer.ok && statusAt(answer.list, 4)).toBe(1)
    expect(answer.ok && answer.claims).toEqual({ sub: SUB, iat: IAT, exp: IAT + 3600, ttl: 60 })
  })

  it('is refused for another algorithm, for a list as text, and for what follows it', async () => {
    expect(await refusalOf(cwt(payload, -37))).toBe('algorithm-not-allowed')
    const text = new Map(payload).set(
      65533,
      new Map<string, unknown>([
        ['bits', 1],
        ['lst', LST],
      ]),
    )
    expect(await refusalOf(cwt(text))).toBe('malformed')
    expect(await refusalOf(Buffer.concat([cwt(payload), Buffer.from([0])]))).toBe('malformed')
  })

  it('is refused, without a throw, after any change of a byte', async () => {
    const token = cwt(payload)
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = Uint8Array.from(token)
        changed[at] = (changed[at] ?? 0) ^ flip
        expect((await read(changed)).ok).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})
