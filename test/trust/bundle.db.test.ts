import { setTimeout as delay } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { healthCodeMap } from '../../src/healthcodes/index.ts'
import { revokeKey } from '../../src/issuers/index.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import { readBundle } from '../../src/trust/offline/read-bundle.ts'
import { publishBundle } from '../../src/trust/publish-bundle.ts'
import { useDatabase } from '../support/database.ts'
import { newKey, resign, withKey } from './forge.ts'
import { bundleOf, institutions, lineOf, linesOf, manifestOf, useHub } from './hub.ts'

const hub = useHub(useDatabase())
let bundle: Buffer = Buffer.alloc(0)
let fingerprint = ''

beforeAll(async () => {
  await hub.issue(0)
  await hub.issue(1, '510600')
  bundle = await hub.fetchBundle()
  const read = await readBundle(bundle, () => true)
  if (!read.ok) throw new Error(read.detail)
  fingerprint = read.bundle.fingerprint
})

const POLICY = {
  from: '2000-01-01',
  listTtlS: 60,
  listLifeS: 86_400,
  bundleWarnS: 28_800,
  bundleLifeS: 43_200,
  bundleCity: '510100',
} as const

const trusted = (key: { fingerprint: string }): boolean => key.fingerprint === fingerprint
const faultOf = async (bytes: Buffer, isTrusted = trusted): Promise<string> => {
  const read = await readBundle(bytes, isTrusted)
  return read.ok ? 'none' : read.fault
}

describe('GET /trust/bundle', () => {
  const get = (headers: Record<string, string> = {}) =>
    hub.api.app.inject({ method: 'GET', url: '/trust/bundle', headers })

  it('is public, and compressed for who can read that', async () => {
    const plain = await get()
    const gzipped = await get({ 'accept-encoding': 'br, gzip' })
    expect(plain.headers['content-type']).toBe('application/vnd.yimatong.trust-bundle')
    expect(gzipped.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' })
    expect(gunzipSync(gzipped.rawPayload).equals(plain.rawPayload)).toBe(true)
    for (const refusing of ['gzip;q=0', 'br', 'identity', 'x-gzip-not']) {
      expect((await get({ 'accept-encoding': refusing })).headers['content-encoding']).toBeUndefined()
    }
  })

  it('is not sent again to who has it', async () => {
    const { headers } = await get()
    expect((await get({ 'if-none-match': String(headers.etag) })).statusCode).toBe(304)
    const gzipped = await get({ 'accept-encoding': 'gzip' })
    expect(gzipped.headers.etag).not.toBe(headers.etag)
    expect((await get({ 'accept-encoding': 'gzip', 'if-none-match': String(gzipped.headers.etag) })).statusCode).toBe(
      304,
    )
  })

  it('says of itself from when it is, until when it is good, and what is in it', () => {
    const { parts, ...head } = manifestOf(bundle)
    const now = Date.parse('2026-11-24T07:00:00Z') / 1000
    expect(head).toMatchObject({
      iss: 'urn:yimatong:510100',
      hub: 'http://127.0.0.1:8080',
      iat: now,
      clockSkewS: 5,
      policyFrom: '2000-01-01',
      warnAfterS: 28_800,
    })
    expect(head['asOf']).toBeGreaterThanOrEqual(now - 2)
    expect(head.exp).toBe((head['asOf'] as number) + 43_200)
    expect(parts.map((one) => one.name)).toEqual([
      'issuers',
      'status-list:510100',
      'status-list:510600',
      'institutions',
      'health-codes',
      'foreign',
    ])
  })

  it('has every institution with its periods and no name, and nothing of any person', () => {
    const register = JSON.parse(linesOf(bundle)[lineOf(bundle, 'institutions')]!) as { code: string }[]
    expect(register.map((one) => one.code).sort()).toEqual(institutions.map((one) => one.code).sort())
    expect(Object.keys(register[0]!)).toEqual(['code', 'kind', 'city', 'designations', 'suspensions', 'recognitions'])
    const text = bundle.toString('utf8')
    for (const person of generatePeople('trust', 80)) {
      for (const secret of [person.name, person.idNumber, person.phone]) expect(text).not.toContain(secret)
    }
    expect(text).not.toContain('"d"')
  })

  it('has larger numbers later', async () => {
    const first = manifestOf(await hub.fetchBundle()).seq
    expect(manifestOf(await hub.fetchBundle()).seq).toBeGreaterThan(first)
  })

  it('is not made while the memory is older than a list may be: it would be dated today and be of before', async () => {
    const { issuerKeys, institutions: register } = hub.api.live
    const source = (ageMs: number) => ({
      keys: issuerKeys,
      institutions: register,
      ageMs: () => ageMs,
      lists: async () => [],
      healthCodeMap: () => healthCodeMap(hub.api.live.healthCodes),
      foreignLists: () => ({}),
    })
    const nowMs = hub.api.deps.clock.now().getTime()
    const order = { hub: 'http://127.0.0.1:8080', seq: 1, nowMs, clockSkewS: 5, policy: POLICY }
    await expect(publishBundle(source(61_000), order, undefined)).rejects.toMatchObject({ code: 'trust.not-fresh' })
    // Below the limit it is made, and says how old it is.
    const made = await publishBundle(source(59_000), order, undefined)
    expect(manifestOf(made.bundle.bytes)).toMatchObject({ iat: nowMs / 1000, asOf: nowMs / 1000 - 59 })
  })
})

describe('a bundle after a key for status lists was revoked', () => {
  const revokeStatusKey = async () => {
    const issuer = hub.api.live.issuerKeys.issuer('urn:yimatong:510100')
    const key = [...(issuer?.keys.values() ?? [])].find((one) => one.uses.has('status') && !one.revoked)
    await revokeKey(hub.api.deps, '510100', key?.kid ?? '')
    await hub.api.refresh()
  }

  it('has no list that the revoked key signed, although that list is still being handed out', async () => {
    const { trust } = hub.api.live
    await hub.fetchBundle()
    // Until the last bundle and its lists may be made again.
    await delay(1_500)
    const before = await trust.statusList('510100')
    await revokeStatusKey()
    const { bytes } = await trust.bundle()
    expect(await faultOf(bytes)).toBe('none')
    expect((await trust.statusList('510100')).kid).not.toBe(before.kid)
  })

  it('is made anew where the key was revoked while it was made', async () => {
    const { trust, issuerKeys, healthCodes, institutions: register } = hub.api.live
    await delay(1_500)
    let asked = 0
    const source = {
      keys: issuerKeys,
      institutions: register,
      ageMs: () => 0,
      lists: async () => {
        const lists = [await trust.statusList('510100')]
        if (asked++ === 0) await revokeStatusKey()
        return lists
      },
      healthCodeMap: () => healthCodeMap(healthCodes),
      foreignLists: () => ({}),
    }
    const nowMs = hub.api.deps.clock.now().getTime()
    const order = { hub: 'http://127.0.0.1:8080', seq: 1, nowMs, clockSkewS: 5, policy: POLICY }
    const made = await publishBundle(source, order, undefined)
    expect(asked).toBe(2)
    expect(await faultOf(made.bundle.bytes)).toBe('none')

    const stale = [await trust.statusList('510100')]
    await revokeStatusKey()
    const stuck = publishBundle({ ...source, lists: async () => stale }, order, undefined)
    await expect(stuck).rejects.toMatchObject({ code: 'trust.not-fresh' })
  })
})

describe('a bundle in hand', () => {
  it('holds as it was made', async () => {
    const read = await readBundle(bundle, trusted)
    expect(read.ok && [...read.bundle.lists.keys()]).toEqual(['510100', '510600'])
    expect(read.ok && read.bundle.institutions.size).toBe(institutions.length)
    expect(read.ok && read.bundle.issuers.size).toBe(4)
  })

  it('with any byte changed is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bundle.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = Buffer.from(bundle)
        bytes[at]! ^= change
        expect(await faultOf(bytes)).not.toBe('none')
      }),
      { numRuns: 1_000 },
    )
  }, 120_000)

  it('with each byte of its manifest changed is refused', async () => {
    for (let at = 0; at <= bundle.indexOf('\n'); at++) {
      const bytes = Buffer.from(bundle)
      bytes[at]! ^= 1
      expect(await faultOf(bytes), `byte ${at}`).not.toBe('none')
    }
  }, 120_000)

  it('cut short, made longer, or with lines moved, doubled or left out is refused', async () => {
    const lines = linesOf(bundle)
    const [manifest = '', ...parts] = lines
    const changed = [
      bundle.subarray(0, -1),
      bundle.subarray(0, bundle.length / 2),
      Buffer.concat([bundle, Buffer.from('\n')]),
      Buffer.concat([bundle, Buffer.from('{}\n')]),
      Buffer.concat([Buffer.from('\n'), bundle]),
      Buffer.concat([Buffer.from('\ufeff'), bundle]),
      Buffer.from(bundle.toString('latin1').replaceAll('\n', '\r\n'), 'latin1'),
      bundleOf([manifest, ...parts.toReversed()]),
      bundleOf([manifest, ...parts.slice(0, -1)]),
      bundleOf([manifest, ...parts, parts[0]!]),
      bundleOf([manifest]),
    ]
    for (const bytes of changed) expect(await faultOf(bytes)).not.toBe('none')
  })

  it('in which a status list was exchanged for an older one is refused', async () => {
    const { cardId } = await hub.issue(2)
    const before = await hub.fetchBundle()
    await hub.change(cardId, 'revocation')
    const after = await hub.fetchBundle()
    const at = lineOf(after, 'status-list:510100')
    const lines = linesOf(after)
    expect(lines[at]).not.toBe(linesOf(before)[at])
    expect(await faultOf(after)).toBe('none')
    lines[at] = linesOf(before)[at]!
    expect(await faultOf(bundleOf(lines))).toBe('parts-changed')
  })

  it('of which nothing is one is refused', async () => {
    const garbage = [
      Buffer.alloc(0),
      Buffer.from('\n'),
      Buffer.from('{}'),
      Buffer.from('hello\nworld\n'),
      Buffer.from('a.b.c\n{}\n'),
      Buffer.alloc(1_000_000, 0x0a),
      Buffer.alloc(1_000_000, 0xff),
      Buffer.from(`${'['.repeat(1_000_000)}\n`),
      Buffer.concat([
        Buffer.from(linesOf(bundle)[0]!),
        Buffer.from('\n'),
        Buffer.from('['.repeat(900_000)),
        Buffer.from('\n'),
      ]),
      gunzipSync(Buffer.from('H4sIAAAAAAAAAwMAAAAAAAAAAAA=', 'base64')),
    ]
    for (const bytes of garbage) expect(await faultOf(bytes, () => true)).not.toBe('none')
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
        expect(await faultOf(Buffer.from(bytes), () => true)).toBe('not-a-bundle')
      }),
      { numRuns: 500 },
    )
  })
})

describe('a bundle that somebody else signed', () => {
  const stranger = newKey()

  it('is refused where another key is trusted, and taken where that one is', async () => {
    const forged = resign(bundle, stranger, {
      parts: ([issuers = '', ...rest]) => [withKey(issuers, stranger), ...rest],
    })
    expect(await faultOf(forged)).toBe('key-not-trusted')
    // So the forgery is a good one: only the trust is missing.
    expect(await faultOf(forged, (key) => key.fingerprint === stranger.fingerprint)).toBe('none')
  })

  it('under the name of the right key is refused', async () => {
    const { kid } = JSON.parse(Buffer.from(linesOf(bundle)[0]!.split('.')[0]!, 'base64url').toString())
    expect(await faultOf(resign(bundle, { ...stranger, kid }))).toBe('signature-invalid')
  })

  it('is refused where the key may not sign bundles, was revoked or is retired', async () => {
    const isStranger = (key: { fingerprint: string }) => key.fingerprint === stranger.fingerprint
    const with_ = (change: object) =>
      resign(bundle, stranger, { parts: ([issuers = '', ...rest]) => [withKey(issuers, stranger, change), ...rest] })
    expect(await faultOf(with_({}), isStranger)).toBe('none')
    expect(await faultOf(with_({ uses: ['status'] }), isStranger)).toBe('key-unknown')
    expect(await faultOf(with_({ revoked: true }), isStranger)).toBe('key-unknown')
    expect(await faultOf(with_({ alg: 'EdDSA' }), isStranger)).toBe('signature-invalid')
    expect(await faultOf(with_({ retiredAt: Date.parse('2026-01-01') }), isStranger)).toBe('signature-invalid')
    expect(await faultOf(with_({ activeFrom: Date.parse('2027-01-01') }), isStranger)).toBe('signature-invalid')
    expect(await faultOf(with_({ uses: ['bundle', 'everything'] }), isStranger)).toBe('key-unknown')
  })

  it('is refused with a header or a manifest of another form', async () => {
    const isStranger = (key: { fingerprint: string }) => key.fingerprint === stranger.fingerprint
    const parts = ([issuers = '', ...rest]: string[]) => [withKey(issuers, stranger), ...rest]
    for (const header of [{ typ: 'JWT' }, { jwk: stranger.jwk }, { crit: ['exp'] }, { alg: 'none' }]) {
      expect(await faultOf(resign(bundle, stranger, { parts, header }), isStranger)).not.toBe('none')
    }
    for (const manifest of [{ iss: 'urn:yimatong:999999' }, { more: 1 }, { exp: 1 }, { parts: [] }]) {
      expect(await faultOf(resign(bundle, stranger, { parts, manifest }), isStranger)).not.toBe('none')
    }
  })

  it('is refused with a status list that its issuer did not sign for that address', async () => {
    const isStranger = (key: { fingerprint: string }) => key.fingerprint === stranger.fingerprint
    const swap = (lines: string[]) => {
      const [issuers = '', chengdu = '', deyang = '', ...rest] = lines
      return [withKey(issuers, stranger), deyang, chengdu, ...rest]
    }
    expect(await faultOf(resign(bundle, stranger, { parts: swap }), isStranger)).toBe('list-invalid')
    const moved = { parts: ([issuers = '', ...rest]: string[]) => [withKey(issuers, stranger), ...rest] }
    const elsewhere = resign(bundle, stranger, { ...moved, manifest: { hub: 'https://elsewhere.example' } })
    expect(await faultOf(elsewhere, isStranger)).toBe('list-invalid')
  })
})
