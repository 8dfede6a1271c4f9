import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isPrivateAddress } from '../../src/routing/private-address.ts'
import { backoffMs, channelAt, classifyStatus, isAhead, isForgotten, judge, routesOf } from '../../src/routing/rules.ts'
import type { Channel, RouteRule } from '../../src/routing/types.ts'

const DAY_MS = 86_400_000
const now = new Date('2026-11-24T07:00:00Z')
const channel: Channel = {
  event: '*',
  effectiveFrom: new Date('2026-01-01T00:00:00Z'),
  maxBodyBytes: 1_048_576,
  maxAttempts: 5,
  maxAgeMs: 3_600_000,
  backoffBaseMs: 1_000,
  backoffCapMs: 900_000,
  deadlineMs: 10_000,
  retryUnknown: true,
  deadBlocks: true,
  bodyDays: 7,
  logDays: 31,
  purpose: 'TREAT',
}

describe('the class of a status', () => {
  test('decides between delivered, again, and never again', () => {
    for (const status of [200, 201, 202, 204]) expect(classifyStatus(status)).toBe('delivered')
    for (const status of [408, 425, 429, 500, 502, 503, 504]) expect(classifyStatus(status)).toBe('retry')
    for (const status of [301, 307, 400, 401, 403, 404, 409, 410, 413, 415, 422]) {
      expect(classifyStatus(status), String(status)).toBe('final')
    }
  })
})

describe('the pause before the next attempt', () => {
  test('doubles with each failure up to the cap, with full jitter', () => {
    const longest = (failed: number) => backoffMs(channel, failed, 1)
    expect([1, 2, 3, 4, 11, 50].map(longest)).toEqual([1_000, 2_000, 4_000, 8_000, 900_000, 900_000])
    expect(backoffMs(channel, 5, 0.5)).toBe(8_000)
  })

  test('is never nothing, never above the cap, and never shorter than the destination asked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        fc.integer({ min: 0, max: 86_400 }),
        (failed, random, retryAfterS) => {
          const pause = backoffMs(channel, failed, random, retryAfterS)
          expect(pause).toBeGreaterThanOrEqual(100)
          expect(pause).toBeGreaterThanOrEqual(retryAfterS * 1_000)
          expect(pause).toBeLessThanOrEqual(Math.max(channel.backoffCapMs, retryAfterS * 1_000))
        },
      ),
    )
  })
})

describe('what becomes of a delivery', () => {
  const of = { attempts: 2, countedFrom: now }
  const at = { now, random: 0.5 }
  const failed = (failure: 'retry' | 'unknown' | 'final', more: object = {}) =>
    ({ delivered: false, failure, reason: 'timeout', ...more }) as const

  test('delivered is the end', () => {
    expect(judge({ delivered: true, status: 200 }, of, channel, at)).toEqual({ state: 'delivered' })
  })

  test('a failure that may pass waits', () => {
    expect(judge(failed('retry'), of, channel, at)).toEqual({
      state: 'waiting',
      nextAt: new Date(now.getTime() + 1_000),
      reason: 'timeout',
    })
    expect(judge(failed('retry', { retryAfterS: 60 }), of, channel, at)).toMatchObject({
      nextAt: new Date(now.getTime() + 60_000),
    })
  })

  test('a fault of the message, spent attempts and age bury it; an unknown outcome only where the channel says so', () => {
    const dead = (reason: string, blocks = true) => ({ state: 'dead', reason, blocks })
    expect(judge(failed('final'), of, channel, at)).toEqual(dead('timeout'))
    expect(judge(failed('final'), of, { ...channel, deadBlocks: false }, at)).toEqual(dead('timeout', false))
    expect(judge(failed('retry'), { ...of, attempts: 5 }, channel, at)).toEqual(dead('timeout-attempts-spent'))
    const old = new Date(now.getTime() - channel.maxAgeMs)
    expect(judge(failed('retry'), { ...of, countedFrom: old }, channel, at)).toEqual(dead('timeout-too-old'))
    expect(judge(failed('unknown'), of, channel, at).state).toBe('waiting')
    expect(judge(failed('unknown'), of, { ...channel, retryUnknown: false }, at)).toEqual(
      dead('timeout-outcome-unknown'),
    )
  })
})

describe('figures in force', () => {
  const later = { ...channel, effectiveFrom: new Date('2026-06-01T00:00:00Z'), maxAttempts: 9 }
  const own = { ...channel, event: 'referral', maxAttempts: 1 }
  const next = { ...own, effectiveFrom: new Date('2027-01-01T00:00:00Z'), maxAttempts: 2 }

  test('are the newest row of the event, else of every event, and none from before the first', () => {
    const rows = [later, channel, next, own]
    expect(channelAt(rows, 'referral', now)?.maxAttempts).toBe(1)
    expect(channelAt(rows, 'referral', new Date('2027-02-01T00:00:00Z'))?.maxAttempts).toBe(2)
    expect(channelAt(rows, 'booking', now)?.maxAttempts).toBe(9)
    expect(channelAt(rows, 'booking', new Date('2026-02-01T00:00:00Z'))?.maxAttempts).toBe(5)
    expect(channelAt(rows, 'booking', new Date('2025-02-01T00:00:00Z'))).toBeUndefined()
  })
})

describe('where a message goes', () => {
  const rule = (change: Partial<RouteRule>): RouteRule => ({
    event: 'referral',
    sender: '*',
    destination: 'H3',
    rank: null,
    validFrom: '2026-01-01',
    validTo: null,
    ...change,
  })
  const message = { event: 'referral', sender: 'H1', rank: undefined }
  const day = '2026-11-24'

  test('to whom it names and whom the rules name, each once, with the higher urgency', () => {
    expect(routesOf(message, ['H2', 'H2'], [], day)).toEqual([{ code: 'H2', rank: 2 }])
    expect(routesOf(message, ['H2'], [rule({})], day)).toEqual([
      { code: 'H2', rank: 2 },
      { code: 'H3', rank: 2 },
    ])
    expect(routesOf({ ...message, rank: 1 }, ['H3'], [rule({ rank: 0 })], day)).toEqual([{ code: 'H3', rank: 0 }])
    expect(routesOf({ ...message, rank: 0 }, ['H3'], [rule({ rank: 2 })], day)).toEqual([{ code: 'H3', rank: 0 }])
  })

  test('not by rules of other events, senders or days, and never back', () => {
    const rules = [
      rule({ event: 'booking' }),
      rule({ sender: 'H9' }),
      rule({ validFrom: '2026-11-25' }),
      rule({ validTo: '2026-11-23' }),
      rule({ destination: 'H1' }),
    ]
    expect(routesOf(message, [], rules, day)).toEqual([])
    expect(routesOf(message, [], [rule({ sender: 'H1', validTo: day })], day)).toHaveLength(1)
  })
})

describe('the time of sending', () => {
  test('is too old a day before its row may go, and ahead beyond half a day', () => {
    const ago = (ms: number) => new Date(now.getTime() - ms)
    expect(isForgotten(ago(30 * DAY_MS + 1), channel, now)).toBe(true)
    expect(isForgotten(ago(30 * DAY_MS), channel, now)).toBe(false)
    expect(isAhead(ago(-DAY_MS / 2 - 1), now)).toBe(true)
    expect(isAhead(ago(-DAY_MS / 2), now)).toBe(false)
  })
})

describe('addresses that a webhook must not reach', () => {
  test('are those of machines, private networks and the network itself, in every spelling', () => {
    const closed = [
      '127.0.0.1',
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
      '224.0.0.1',
      '255.255.255.255',
      '::1',
      '::',
      'fe80::1',
      'fd00::1',
      'ff02::1',
      '::ffff:127.0.0.1',
      '::ffff:10.0.0.1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      'no-address',
    ]
    for (const address of closed) expect(isPrivateAddress(address), address).toBe(true)
    for (const address of ['1.1.1.1', '223.5.5.5', '172.32.0.1', '2400:3200::1', '::ffff:1.1.1.1']) {
      expect(isPrivateAddress(address), address).toBe(false)
    }
  })
})
