import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  appealStateAt,
  approvalsNeeded,
  changeProblems,
  heaviest,
  isIndependent,
  mapLevel,
  orderProblems,
  orderStateAt,
  overlap,
  policyAt,
  rankOf,
  rulesProblems,
  secondAppealProblem,
  timeProblems,
} from '../../src/healthcodes/rules.ts'
import type { HealthLevel, IssuerVersion, PolicyRow } from '../../src/healthcodes/types.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = Date.parse('2026-11-24T07:00:00Z')
const levels: readonly HealthLevel[] = ['green', 'yellow', 'red']
const anyLevel = fc.constantFrom(...levels)
const anyTime = fc.integer({ min: NOW - 40 * DAY, max: NOW + 40 * DAY })
const pointers = (problems: readonly { readonly pointer: string }[]) => problems.map((one) => one.pointer)

describe('a figure of policy', () => {
  const row = (version: number, from: string, to: string | null): PolicyRow => ({
    name: 'order-max-days',
    version,
    value: version * 10,
    from,
    to,
    source: 'test',
    verified: false,
  })

  it('is that of the day, in its latest version', () => {
    const rows = [row(1, '2020-01-01', '2026-11-23'), row(2, '2026-11-24', null), row(3, '2026-11-24', null)]
    expect(policyAt(rows, 'order-max-days', NOW)?.version).toBe(3)
    expect(policyAt(rows, 'order-max-days', NOW - DAY)?.version).toBe(1)
    expect(policyAt(rows, 'order-max-days', Date.parse('2019-12-31T00:00:00Z'))).toBeUndefined()
    expect(policyAt(rows, 'clock-skew-s', NOW)).toBeUndefined()
  })
})

describe('an order', () => {
  const approved = { approvedBy: { clientId: 'a', officer: 'a1' }, closedAtMs: null, fromMs: NOW, toMs: NOW + DAY }

  it('is in force from its beginning to just before its end, if approved and not closed', () => {
    expect(orderStateAt(approved, NOW - 1)).toBe('scheduled')
    expect(orderStateAt(approved, NOW)).toBe('active')
    expect(orderStateAt(approved, NOW + DAY - 1)).toBe('active')
    expect(orderStateAt(approved, NOW + DAY)).toBe('ended')
    expect(orderStateAt({ ...approved, closedAtMs: NOW }, NOW)).toBe('ended')
    expect(orderStateAt({ ...approved, approvedBy: null }, NOW)).toBe('proposed')
  })

  it('without an approver is never in force', () => {
    fc.assert(
      fc.property(anyTime, anyTime, anyTime, (fromMs, toMs, now) => {
        expect(orderStateAt({ approvedBy: null, closedAtMs: null, fromMs, toMs }, now)).not.toBe('active')
      }),
    )
  })

  it('needs an end, within the longest time, in a place of its own city', () => {
    const order = { city: '510100', area: ['510100', '510104'], fromMs: NOW, toMs: NOW + 30 * DAY } as const
    const context = { nowMs: NOW, maxDays: 30 }
    expect(orderProblems(order, context)).toEqual([])
    expect(pointers(orderProblems({ ...order, area: ['510603', '999999', '510101'] }, context))).toEqual([
      '/area',
      '/area',
      '/area',
    ])
    expect(pointers(orderProblems({ ...order, toMs: NOW + 30 * DAY + 1 }, context))).toEqual(['/to'])
    expect(pointers(orderProblems({ ...order, toMs: NOW }, context))).toEqual(['/to', '/to'])
  })

  it('knows only levels of the table, never lets one person set red, and names each ground once', () => {
    const rule = { reasonCode: 'case', direct: false }
    expect(rulesProblems([rule], ['red'])).toEqual([])
    expect(pointers(rulesProblems([{ ...rule, direct: true }], ['red']))).toEqual(['/rules/0/direct'])
    expect(pointers(rulesProblems([rule, rule], ['green', undefined]))).toEqual([
      '/rules/1/issuerLevel',
      '/rules/1/reasonCode',
    ])
  })

  it('overlaps another where they share an instant, and not where one begins as the other ends', () => {
    const first = { fromMs: 0, toMs: 10 }
    expect(overlap(first, { fromMs: 9, toMs: 20 })).toBe(true)
    expect(overlap(first, { fromMs: 10, toMs: 20 })).toBe(false)
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), fc.nat(), (a, b, c, d) => {
        const one = { fromMs: a, toMs: a + b + 1 }
        const two = { fromMs: c, toMs: c + d + 1 }
        expect(overlap(one, two)).toBe(overlap(two, one))
        expect(overlap(one, one)).toBe(true)
      }),
    )
  })
})

describe('who may act after others', () => {
  it('is another client and another officer than each of them, whatever the spelling', () => {
    const others = [
      { clientId: 'desk', officer: 'cd-0412' },
      { clientId: 'lead', officer: 'cd-0907' },
    ]
    expect(isIndependent({ clientId: 'board', officer: 'cd-0001' }, others)).toBe(true)
    expect(isIndependent({ clientId: 'desk', officer: 'cd-0001' }, others)).toBe(false)
    expect(isIndependent({ clientId: 'board', officer: 'CD-0907' }, others)).toBe(false)
    expect(isIndependent({ clientId: 'desk', officer: 'x' }, [])).toBe(true)
  })
})

describe('approvals', () => {
  const change = { level: 'red', direct: false, present: undefined, people: 1, recent: 0, singlesAnHour: 20 } as const

  it('one for red, none where the rule lets one person act, two for many', () => {
    expect(approvalsNeeded(change)).toBe(1)
    expect(approvalsNeeded({ ...change, level: 'yellow' })).toBe(1)
    expect(approvalsNeeded({ ...change, level: 'yellow', direct: true })).toBe(0)
    expect(approvalsNeeded({ ...change, level: 'green', direct: true, people: 2 })).toBe(2)
    expect(approvalsNeeded({ ...change, recent: 19 })).toBe(1)
    expect(approvalsNeeded({ ...change, recent: 20 })).toBe(2)
  })

  it('of one person: none where the rule lets one act, unless the level becomes lighter by it', () => {
    for (const present of levels) {
      for (const level of levels) {
        const needed = approvalsNeeded({ ...change, direct: true, level, present })
        expect(needed).toBe(level === 'red' || rankOf(level) < rankOf(present) ? 1 : 0)
      }
    }
  })

  it('red is never without one, and splitting a list never needs fewer in all', () => {
    fc.assert(
      fc.property(
        anyLevel,
        fc.boolean(),
        fc.integer({ min: 1, max: 50 }),
        fc.nat(60),
        (level, direct, people, recent) => {
          const needed = approvalsNeeded({ ...change, level, direct, people, recent, singlesAnHour: 20 })
          if (level === 'red') expect(needed).toBeGreaterThan(0)
          if (people > 1) expect(needed).toBe(2)
          const oneByOne = Array.from({ length: people }, (_, at) =>
            approvalsNeeded({ ...change, level, direct, people: 1, recent: recent + at, singlesAnHour: 20 }),
          )
          if (recent + people > 20) expect(oneByOne.at(-1)).toBe(2)
        },
      ),
    )
  })
})

describe('a change', () => {
  const order = { city: '510100', area: ['510104'], toMs: NOW + 5 * DAY } as const
  const rule = { evidence: ['laboratory'], maxHours: 48 } as const
  const change = { evidence: 'laboratory', place: '510104', validUntilMs: NOW + DAY }

  it('keeps to the evidence, the area and the time of its rule', () => {
    expect(changeProblems(change, { order, rule, nowMs: NOW })).toEqual([])
    const wrong = { evidence: 'declaration', place: '510105', validUntilMs: NOW + 49 * HOUR }
    expect(pointers(changeProblems(wrong, { order, rule, nowMs: NOW }))).toEqual(['/evidence', '/place', '/validUntil'])
    expect(pointers(changeProblems({ ...change, validUntilMs: NOW }, { order, rule, nowMs: NOW }))).toEqual([
      '/validUntil',
    ])
    expect(pointers(changeProblems(change, { order, rule: undefined, nowMs: NOW }))).toEqual(['/reasonCode'])
  })

  it('may name a division where the order is for the whole city, and never outlives the order', () => {
    const whole = { ...order, area: ['510100'] }
    expect(changeProblems({ ...change, place: '510112' }, { order: whole, rule, nowMs: NOW })).toEqual([])
    expect(pointers(changeProblems({ ...change, place: '510603' }, { order: whole, rule, nowMs: NOW }))).toEqual([
      '/place',
    ])
    const long = { ...rule, maxHours: 1_000 }
    const late = { ...change, validUntilMs: order.toMs + 1 }
    expect(pointers(changeProblems(late, { order, rule: long, nowMs: NOW }))).toEqual(['/validUntil'])
  })
})

describe('the heaviest level', () => {
  it('is the one of highest rank that has not run out', () => {
    const at = (level: HealthLevel, hours: number) => ({ level, validUntilMs: NOW + hours * HOUR })
    expect(heaviest([at('green', 1), at('red', -1), at('yellow', 2)], NOW)).toEqual(at('yellow', 2))
    expect(heaviest([at('yellow', 1), at('yellow', 3), at('yellow', 2)], NOW)).toEqual(at('yellow', 3))
    expect(heaviest([at('red', 0)], NOW)).toBeUndefined()
    expect(levels.map(rankOf)).toEqual([0, 1, 2])
  })

  it('does not depend on the order in which cities are asked', () => {
    const state = fc.record({ level: anyLevel, validUntilMs: anyTime })
    fc.assert(
      fc.property(fc.array(state, { maxLength: 6 }), (states) => {
        expect(heaviest(states, NOW)).toEqual(heaviest(states.toReversed(), NOW))
      }),
    )
  })
})

describe('the level table', () => {
  const version = (no: number, change: Partial<IssuerVersion> = {}): IssuerVersion => ({
    issuer: 'urn:x',
    version: no,
    city: null,
    name: { zh: '某省', en: 'A province' },
    region: '500000',
    keys: [],
    // The words deceive on purpose: only the table counts.
    levels: [
      { issuerLevel: 'red', level: 'green' },
      { issuerLevel: 'A', level: 'red' },
    ],
    maxAgeS: null,
    fromMs: NOW - DAY,
    toMs: null,
    source: 'test',
    verified: false,
    ...change,
  })

  it('maps by issuer, version and level, and never by a word', () => {
    const shown = { version: 1, issuerLevel: 'red', atMs: [NOW] }
    expect(mapLevel([version(1)], shown)).toEqual({ level: 'green', problems: [] })
    expect(mapLevel([version(1)], { ...shown, issuerLevel: 'A' }).level).toBe('red')
    expect(mapLevel(undefined, shown).problems).toEqual(['issuer-unknown'])
    expect(mapLevel([], shown).problems).toEqual(['issuer-unknown'])
    expect(mapLevel([version(2)], shown).problems).toEqual(['version-unknown'])
    expect(mapLevel([version(1, { toMs: NOW })], { ...shown, issuerLevel: 'B' })).toEqual({
      level: undefined,
      problems: ['version-not-in-force', 'level-unknown'],
    })
    expect(mapLevel([version(1)], { ...shown, atMs: [NOW - 2 * DAY, NOW] }).level).toBeUndefined()
  })

  it('gives a level only to what stands in it', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 3 }), anyTime, (issuerLevel, no, at) => {
        const mapped = mapLevel([version(1)], { version: no, issuerLevel, atMs: [at] })
        const inTable = no === 1 && at >= NOW - DAY && (issuerLevel === 'red' || issuerLevel === 'A')
        expect(mapped.level !== undefined).toBe(inTable)
        expect(mapped.problems.length === 0).toBe(inTable)
      }),
    )
  })
})

describe('the times of a code', () => {
  const limits = { nowMs: NOW, skewMs: 300_000, maxAgeMs: DAY }

  it('are borne by five minutes on either side, and no more', () => {
    const fresh = { issuedMs: NOW, expiresMs: NOW + HOUR }
    expect(timeProblems(fresh, limits)).toEqual([])
    expect(timeProblems({ issuedMs: NOW + 300_000, expiresMs: NOW + HOUR }, limits)).toEqual([])
    expect(timeProblems({ issuedMs: NOW + 300_001, expiresMs: NOW + HOUR }, limits)).toEqual(['not-yet-valid'])
    expect(timeProblems({ issuedMs: NOW - HOUR, expiresMs: NOW - 299_999 }, limits)).toEqual([])
    expect(timeProblems({ issuedMs: NOW - HOUR, expiresMs: NOW - 300_000 }, limits)).toEqual(['expired'])
    expect(timeProblems({ issuedMs: NOW - DAY - 300_000, expiresMs: NOW + HOUR }, limits)).toEqual([])
    expect(timeProblems({ issuedMs: NOW - DAY - 300_001, expiresMs: NOW + HOUR }, limits)).toEqual(['too-old'])
    expect(timeProblems({ issuedMs: NOW, expiresMs: NOW }, limits)).toEqual(['expired'])
  })
})

describe('an appeal', () => {
  it('is overdue by the clock until somebody has decided', () => {
    expect(appealStateAt({ dueAtMs: NOW, result: null }, NOW)).toBe('received')
    expect(appealStateAt({ dueAtMs: NOW, result: null }, NOW + 1)).toBe('overdue')
    expect(appealStateAt({ dueAtMs: NOW, result: 'granted' }, NOW + 1)).toBe('granted')
  })

  it('goes to a second level once, after a refusal, in its time', () => {
    const first = { level: 1, result: 'refused', decidedAtMs: NOW } as const
    const context = { nowMs: NOW + 7 * DAY, withinDays: 7 }
    expect(secondAppealProblem(first, context)).toBeUndefined()
    expect(secondAppealProblem(first, { ...context, nowMs: NOW + 7 * DAY + 1 })).toMatch(/has passed/)
    expect(secondAppealProblem({ ...first, level: 2 }, context)).toMatch(/second level already/)
    expect(secondAppealProblem({ ...first, result: 'granted' }, context)).toMatch(/not refused/)
    expect(secondAppealProblem({ level: 1, result: null, decidedAtMs: null }, context)).toMatch(/not refused/)
    expect(secondAppealProblem({ ...first, decidedAtMs: null }, context)).toMatch(/not refused/)
  })
})
