import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { manualClock } from '../../src/kernel/time.ts'
import { createBreaker, type Pass } from '../../src/records/breaker.ts'
import { CANCELLED, DEADLINE, openBudget } from '../../src/records/budget.ts'
import { classifyFailure, ofStatus } from '../../src/records/classify-failure.ts'
import { createPlaces } from '../../src/records/places.ts'
import { createResponseCache } from '../../src/records/response-cache.ts'
import { mayAskAgain } from '../../src/records/retry.ts'
import { createRoom, type Share } from '../../src/records/room.ts'
import { ENCODED, TOO_LONG } from '../../src/records/send-request.ts'

const never = new AbortController().signal

describe('the breaker', () => {
  const setup = () => {
    const clock = manualClock('2026-03-10T02:00:00Z')
    let opened = 0
    const breaker = createBreaker(clock, { failures: 3, openMs: 10_000, onOpen: () => opened++ })
    const enter = (): Pass => {
      const pass = breaker.enter()
      if ('waitS' in pass) throw new Error('the breaker is open')
      return pass
    }
    const fail = () => enter().leave('bad')
    return { clock, breaker, enter, fail, opened: () => opened }
  }

  it('opens after failures in a row, not after as many with a success between', () => {
    const { breaker, enter, fail, opened } = setup()
    fail()
    fail()
    enter().leave('good')
    fail()
    fail()
    expect(opened()).toBe(0)
    fail()
    expect(breaker.enter()).toEqual({ waitS: 10 })
    expect(opened()).toBe(1)
  })

  it('lets one probe through, and others only when it succeeded', () => {
    const { clock, breaker, enter, fail } = setup()
    for (let i = 0; i < 3; i++) fail()
    clock.advance(10_000)
    const probe = enter()
    expect(breaker.enter()).toEqual({ waitS: 1 })
    probe.leave('bad')
    expect(breaker.enter()).toEqual({ waitS: 10 })
    clock.advance(10_000)
    enter().leave('good')
    enter()
    enter()
  })

  it('takes no old request for the probe: what ends late lets nobody else through and lengthens nothing', () => {
    const { clock, breaker, enter, fail } = setup()
    const [old, older] = [enter(), enter()]
    for (let i = 0; i < 3; i++) fail()
    clock.advance(9_000)
    older.leave('bad')
    clock.advance(1_000)
    const probe = enter()
    old.leave('bad')
    expect(breaker.enter()).toEqual({ waitS: 1 })
    probe.leave('good')
    enter()
  })

  it('gives a cancelled probe back, and obeys the time a hospital names', () => {
    const { clock, breaker, enter, fail } = setup()
    for (let i = 0; i < 3; i++) fail()
    clock.advance(10_000)
    enter().leave('neutral')
    enter().leave('bad', 60)
    expect(breaker.enter()).toEqual({ waitS: 60 })
  })

  it('counts a pass that is given back twice once', () => {
    const { breaker, enter, fail } = setup()
    fail()
    const pass = enter()
    pass.leave('bad')
    pass.leave('bad')
    expect(breaker.enter()).not.toHaveProperty('waitS')
  })
})

describe('a budget', () => {
  it('ends by its deadline, or when the caller goes away', async () => {
    const late = openBudget(5, 1)
    await delay(30)
    expect(late.signal.reason).toBe(DEADLINE)
    const caller = new AbortController()
    const early = openBudget(60_000, 1, caller.signal)
    caller.abort()
    expect(early.signal.reason).toBe(CANCELLED)
    early.close()
    expect(openBudget(60_000, 1, caller.signal).signal.aborted).toBe(true)
  })
})

describe('what a failed request means', () => {
  it.each([
    [201, 'structure', 'bad', undefined],
    [302, 'security', 'bad', undefined],
    [304, 'structure', 'bad', undefined],
    [400, 'exception', 'neutral', undefined],
    [401, 'forbidden', 'neutral', undefined],
    [403, 'forbidden', 'neutral', undefined],
    [404, 'not-found', 'neutral', undefined],
    [429, 'throttled', 'bad', undefined],
    [500, 'exception', 'bad', undefined],
    [502, 'exception', 'bad', 'soon'],
    [503, 'exception', 'bad', 'soon'],
    [504, 'exception', 'bad', 'soon'],
  ])('status %i is %s', (code, issue, verdict, again) => {
    expect(ofStatus(code)).toMatchObject({ code: issue, verdict, again })
  })

  it('reads Retry-After in seconds and nothing else', () => {
    const of = (text: string) => ofStatus(429, { 'retry-after': text }).retryAfterS
    expect([of('30'), of('999999'), of('Wed, 21 Oct 2026 07:28:00 GMT'), of('-1'), of('')]).toEqual([
      30,
      600,
      undefined,
      undefined,
      undefined,
    ])
  })

  it.each([
    ['ECONNRESET', 'at-once'],
    ['UND_ERR_SOCKET', 'at-once'],
    ['ECONNREFUSED', 'soon'],
    ['UND_ERR_CONNECT_TIMEOUT', 'soon'],
    ['UND_ERR_HEADERS_TIMEOUT', undefined],
    ['CERT_HAS_EXPIRED', undefined],
  ])('%s is transient, and asked again %s', (code, again) => {
    expect(classifyFailure(Object.assign(new Error('x'), { code }))).toMatchObject({ code: 'transient', again })
  })

  it('tells our own reasons apart, and never quotes an error', () => {
    expect([CANCELLED, DEADLINE, TOO_LONG, ENCODED].map((one) => classifyFailure(one).code)).toEqual([
      'incomplete',
      'timeout',
      'too-long',
      'structure',
    ])
    expect(classifyFailure(new Error('connect to secret-host failed')).text).not.toContain('secret-host')
    expect(classifyFailure(Object.assign(new Error('x'), { code: 'HPE_INVALID_CONSTANT' })).code).toBe('structure')
  })
})

describe('a second attempt', () => {
  it('is made once per search, after a short wait of chance length', async () => {
    const budget = openBudget(5_000, 1)
    const began = performance.now()
    expect(await mayAskAgain(ofStatus(503), budget)).toBe(true)
    expect(performance.now() - began).toBeGreaterThanOrEqual(45)
    expect(await mayAskAgain(ofStatus(503), budget)).toBe(false)
    budget.close()
  })

  it.each([
    ['the wait that the hospital asks for outlasts the search', ofStatus(503, { 'retry-after': '5' }), 2_000],
    ['too little time is left', ofStatus(503), 150],
    ['the hospital answered', ofStatus(500), 2_000],
  ])('is not made where %s', async (_why, failure, deadlineMs) => {
    const budget = openBudget(deadlineMs, 1)
    expect(await mayAskAgain(failure, budget)).toBe(false)
    expect(budget.retriesLeft).toBe(1)
    budget.close()
  })

  it('waits as long as the hospital asks, and no longer than its caller', async () => {
    const budget = openBudget(5_000, 1)
    const began = performance.now()
    expect(await mayAskAgain(ofStatus(503, { 'retry-after': '1' }), budget)).toBe(true)
    expect(performance.now() - began).toBeGreaterThanOrEqual(990)
    budget.close()
    const caller = new AbortController()
    const cancelled = openBudget(5_000, 1, caller.signal)
    const waiting = mayAskAgain(ofStatus(503, { 'retry-after': '3' }), cancelled)
    caller.abort()
    expect(await waiting).toBe(false)
  })
})

describe('places', () => {
  it('let in as many as there are, and the others in order of arrival', async () => {
    const places = createPlaces({ places: 2, waiting: 10 })
    const order: number[] = []
    const all = [1, 2, 3, 4].map(async (number) => {
      if ((await places.enter(never)) === 'in') order.push(number)
    })
    await delay(1)
    expect(order).toEqual([1, 2])
    places.leave()
    places.leave()
    await Promise.all(all)
    expect(order).toEqual([1, 2, 3, 4])
  })

  it('send away who comes when too many wait, who gives up, and everybody at once', async () => {
    const places = createPlaces({ places: 1, waiting: 2 })
    expect(await places.enter(never)).toBe('in')
    const caller = new AbortController()
    const [first, second] = [places.enter(caller.signal), places.enter(never)]
    expect(await places.enter(never)).toBe('full')
    caller.abort()
    expect(await first).toBe('stopped')
    places.turnAway()
    expect(await second).toBe('turned-away')
    places.leave()
    expect(await places.enter(never)).toBe('in')
    expect(await places.enter(AbortSignal.abort())).toBe('stopped')
  })

  it('are never given to more than there are, whatever the order of coming and going', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 40 }), async (naps) => {
        const places = createPlaces({ places: 3, waiting: 100 })
        let inside = 0
        let most = 0
        await Promise.all(
          naps.map(async (nap) => {
            if ((await places.enter(never)) !== 'in') throw new Error('not let in')
            most = Math.max(most, ++inside)
            for (let turn = 0; turn < nap; turn++) await Promise.resolve()
            inside--
            places.leave()
          }),
        )
        return most <= 3 && inside === 0
      }),
      { numRuns: 50 },
    )
  })
})

describe('room for answers', () => {
  it('is given up to its bound; beyond it only to whoever holds something for longest', () => {
    const room = createRoom(100)
    const [first, second] = [room.openShare(), room.openShare()]
    expect([first.take(60), second.take(60), second.take(40), first.take(500)]).toEqual([true, false, true, true])
    expect(room.used()).toBe(600)
    first.close()
    expect(room.used()).toBe(40)
    second.give(40)
    expect(room.used()).toBe(0)
  })

  it('is waited for until half of it is free, or the oldest has ended, or the search', async () => {
    const room = createRoom(100)
    const [first, second, third] = [room.openShare(), room.openShare(), room.openShare()]
    first.take(80)
    const turns: string[] = []
    const waiting = [
      second.waitForTurn(60, never).then((turn) => turns.push(`second ${turn}`)),
      third.waitForTurn(20, AbortSignal.timeout(30)).then((turn) => turns.push(`third ${turn}`)),
    ]
    await delay(60)
    expect(turns).toEqual(['third false'])
    first.close()
    await Promise.all(waiting)
    expect(turns).toEqual(['third false', 'second true'])
    expect(room.used()).toBe(60)
  })

  it('never leaves all waiting for one another: questions of several parts all end, and all is given back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 4 }), {
          minLength: 2,
          maxLength: 12,
        }),
        async (questions) => {
          const room = createRoom(100)
          const stop = new AbortController()
          const part = async (share: Share, bytes: number): Promise<boolean> => {
            await Promise.resolve()
            return share.take(bytes) || (await share.waitForTurn(bytes, stop.signal))
          }
          const all = Promise.all(
            questions.map(async (parts) => {
              const share = room.openShare()
              const given = await Promise.all(parts.map((bytes) => part(share, bytes)))
              await Promise.resolve()
              share.close()
              return given.every(Boolean)
            }),
          )
          const timer = setTimeout(() => stop.abort(), 1_000)
          const ended = (await all).every(Boolean)
          clearTimeout(timer)
          return ended && room.used() === 0
        },
      ),
      { numRuns: 100 },
    )
  })

  it('gives nothing to a question that has ended', async () => {
    const room = createRoom(100)
    const share = room.openShare()
    share.take(10)
    share.close()
    share.close()
    share.give(10)
    expect([share.take(1), await share.waitForTurn(1, never), room.used()]).toEqual([false, false, 0])
  })
})

describe('kept answers', () => {
  const limits = { bytes: 1_000, answerBytes: 500, ageMs: 60_000 }
  const answer = (size: number) => ({ etag: '"1"', bytes: Buffer.alloc(size) })

  it('are let go when they are old, also where nobody asks for them', () => {
    const clock = manualClock('2026-03-10T02:00:00Z')
    const cache = createResponseCache(clock, limits)
    cache.put('a', answer(100))
    clock.advance(59_000)
    expect(cache.get('a')?.etag).toBe('"1"')
    clock.advance(1_000)
    cache.sweep()
    expect(cache.held()).toBe(0)
    expect(cache.get('a')).toBeUndefined()
  })

  it('stay within their bound, the longest unused go first, and one that is too large is not kept', () => {
    const cache = createResponseCache(manualClock('2026-03-10T02:00:00Z'), limits)
    for (const name of ['a', 'b', 'c']) cache.put(name, answer(400))
    expect(['a', 'b', 'c'].map((name) => cache.get(name) !== undefined)).toEqual([false, true, true])
    cache.put('d', answer(600))
    expect(cache.get('d')).toBeUndefined()
    expect(cache.held()).toBeLessThanOrEqual(limits.bytes)
    cache.put('c', answer(600))
    expect(cache.get('c')).toBeUndefined()
  })

  it('are copies: what a socket still holds may change', () => {
    const cache = createResponseCache(manualClock('2026-03-10T02:00:00Z'), limits)
    const bytes = Buffer.from('good')
    cache.put('a', { etag: '"1"', bytes })
    bytes.write('evil')
    expect(cache.get('a')?.bytes.toString()).toBe('good')
  })
})
