import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readContainer, writeContainer } from '../../src/trust/container.ts'
import { hasAlready } from '../../src/trust/etag.ts'
import { fingerprintOf, isFingerprint } from '../../src/trust/fingerprint.ts'
import { makeSparingly } from '../../src/trust/make-sparingly.ts'
import { readManifest } from '../../src/trust/manifest.ts'
import { readVerifyOptions } from '../../src/trust/offline/options.ts'

describe('what is made sparingly', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())
  const slowly = (ms: number) => new Promise((done) => setTimeout(done, ms))

  it('is made once for all who ask while it is being made, and not again during the rest', async () => {
    let made = 0
    const thing = makeSparingly(
      async () => {
        made++
        await slowly(20)
        return made
      },
      { leastRestMs: 10_000 },
    )
    const all = Promise.all(Array.from({ length: 50 }, () => thing.get()))
    await vi.advanceTimersByTimeAsync(20)
    expect(await all).toEqual(Array(50).fill(1))
    expect(await thing.get()).toBe(1)
    expect(made).toBe(1)
  })

  it('is made again after the rest, from what it was before', async () => {
    const thing = makeSparingly<number>(async (previous) => (previous ?? 0) + 1, { leastRestMs: 5 })
    expect(await thing.get()).toBe(1)
    await vi.advanceTimersByTimeAsync(4)
    expect(await thing.get()).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(await thing.get()).toBe(2)
  })

  it('rests nine times as long as the making took, so that asking costs a tenth of a core at most', async () => {
    let made = 0
    const thing = makeSparingly(
      async () => {
        made++
        await slowly(60)
        return made
      },
      { leastRestMs: 1 },
    )
    const after = async (ms: number): Promise<number> => {
      await vi.advanceTimersByTimeAsync(ms)
      const asked = thing.get()
      await vi.advanceTimersByTimeAsync(60)
      return await asked
    }
    expect(await after(0)).toBe(1)
    expect(await after(470)).toBe(1)
    expect(await after(20)).toBe(2)
  })

  it('is made again at once where what is in hand does not hold any more', async () => {
    let good = 1
    const thing = makeSparingly<number>(async (previous) => (previous ?? 0) + 1, { holds: (value) => value >= good })
    expect(await thing.get()).toBe(1)
    expect(await thing.get()).toBe(1)
    good = 2
    expect(await thing.get()).toBe(2)
    expect(await thing.get()).toBe(2)
  })

  it('that could not be made tells all who asked, and is tried again by the next one', async () => {
    let fails = true
    const thing = makeSparingly(async () => {
      if (fails) throw new Error('no database')
      return 'made'
    })
    const both = await Promise.allSettled([thing.get(), thing.get()])
    expect(both.map((one) => one.status)).toEqual(['rejected', 'rejected'])
    fails = false
    expect(await thing.get()).toBe('made')
  })
})

describe('If-None-Match', () => {
  it.each([
    ['"a"', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ['*', true],
    ['"b"', false],
    ['a', false],
    ['', false],
    [undefined, false],
  ])('%s against "a" is %s', (header, expected) => {
    expect(hasAlready(header, '"a"')).toBe(expected)
  })
})

describe('the container', () => {
  it('gives back what was written', () => {
    const parts = [Buffer.from('{"a":1}'), Buffer.from(''), Buffer.from('成都')]
    expect(readContainer(writeContainer('x.y.z', parts))).toEqual({ manifest: 'x.y.z', parts })
  })

  it.each(['', 'x.y.z', 'x.y.z\n{"a":1}', '\n'.repeat(200)])('refuses %j, which has not its form', (text) => {
    expect(readContainer(Buffer.from(text))).toBeUndefined()
  })
})

describe('the fingerprint of a key', () => {
  it('is the thumbprint of RFC 7638', () => {
    // EC key of RFC 7517 appendix A.1, its thumbprint computed with jose.
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
      y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
    } as const
    expect(fingerprintOf(jwk)).toBe('cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s')
    expect(isFingerprint(fingerprintOf(jwk))).toBe(true)
    expect(isFingerprint('short')).toBe(false)
  })
})

describe('the manifest', () => {
  const good = {
    iss: 'urn:yimatong:510100',
    hub: 'http://127.0.0.1:8080',
    seq: 5,
    iat: 1_790_000_010,
    asOf: 1_790_000_009,
    exp: 1_790_040_000,
    clockSkewS: 5,
    policyFrom: '2026-01-01',
    warnAfterS: 28_800,
    parts: [{ name: 'issuers', bytes: 2, sha256: 'x' }],
  }

  it('is read as it was written', () => {
    expect(readManifest(good)).toEqual(good)
  })

  it.each(Object.keys(good))('without %s is none', (name) => {
    expect(readManifest(Object.fromEntries(Object.entries(good).filter(([key]) => key !== name)))).toBeUndefined()
  })

  it.each([
    ['a member that is not known', { more: 1 }],
    ['milliseconds', { iat: 1_790_000_010_000 }],
    ['an end before its beginning', { exp: 1_790_000_000 }],
    ['news from the future', { asOf: 1_790_000_011 }],
    ['a number that is none', { seq: '5' }],
    ['a negative number', { seq: -1 }],
    ['a policy without date', { policyFrom: '2026-02-30' }],
    ['parts that are none', { parts: [{ name: 'issuers', bytes: -2, sha256: 'x' }] }],
    ['parts that are no list', { parts: 'issuers' }],
  ])('with %s is none', (_what, change) => {
    expect(readManifest({ ...good, ...change })).toBeUndefined()
  })
})

describe('the options of verify', () => {
  it('are read with their defaults', () => {
    expect(readVerifyOptions(['--bundle', 'b', 'CODE'])).toEqual({
      bundle: 'b',
      codes: ['CODE'],
      pictures: [],
      purpose: 'check-in',
      institution: undefined,
      atMs: undefined,
      key: undefined,
      allowOlder: false,
      json: false,
    })
  })

  it.each([
    [['CODE'], /--bundle/],
    [['--bundle', 'b'], /Name a code/],
    [['--bundle', 'b', '--purpose', 'fun', 'CODE'], /--purpose/],
    [['--bundle', 'b', '--at', 'yesterday', 'CODE'], /--at/],
    [['--bundle', 'b', '--at', '2026-11-24T07:00:00', 'CODE'], /zone/],
    [['--bundle', 'b', '--at', '2026-13-24T07:00:00Z', 'CODE'], /--at/],
    [['--bundle', 'b', '--fetch', 'http://x', 'CODE'], /fetch/],
  ])('%j are refused with the reason', (args, reason) => {
    expect(() => readVerifyOptions(args)).toThrow(reason)
  })
})
