import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from '../../src/consent/rules.ts'
import type { AccessDecision, ConsentFact } from '../../src/consent/types.ts'
import { DEYANG, facts, NOW_MS, OTHER_OF_ZIYANG, policy, question, ZIYANG } from './facts.ts'

const RUNS = { numRuns: 2_000 }

const anyScope = fc.record({
  recipients: fc.uniqueArray(fc.constantFrom(ZIYANG, OTHER_OF_ZIYANG, DEYANG, '512000', '510600'), {
    minLength: 1,
    maxLength: 3,
  }),
  classes: fc.oneof(
    fc.uniqueArray(fc.constantFrom('C4', 'C5'), { minLength: 1 }).map((dataClasses) => ({
      dataClasses,
      sensitiveClasses: [] as string[],
    })),
    fc.uniqueArray(fc.constantFrom('hiv', 'genetic'), { minLength: 1 }).map((sensitiveClasses) => ({
      dataClasses: ['C6'],
      sensitiveClasses,
    })),
  ),
  purpose: fc.constantFrom('TREAT', 'TREAT', 'TREAT', 'HRESCH'),
})

const anyConsent: fc.Arbitrary<ConsentFact> = fc
  .record({
    scope: anyScope,
    decision: fc.constantFrom('permit', 'deny'),
    sources: fc.constantFrom([], [], [DEYANG]),
    validUntilMs: fc.constantFrom(null, NOW_MS - 1, NOW_MS, NOW_MS + 1),
    eventNo: fc.integer({ min: 1, max: 40 }),
    withdrawnAfter: fc.option(fc.integer({ min: 1, max: 20 }), { nil: null, freq: 3 }),
    consentId: fc.uuid(),
  })
  .map(({ scope: { classes, ...scope }, sources, withdrawnAfter, ...rest }) => ({
    ...scope,
    ...classes,
    ...rest,
    decision: rest.decision as ConsentFact['decision'],
    sources: rest.decision === 'deny' ? sources : [],
    withdrawnNo: withdrawnAfter === null ? null : rest.eventNo + withdrawnAfter,
  }))

const anyCase = fc.record({
  consents: fc.array(anyConsent, { maxLength: 8 }),
  ask: fc
    .record({
      resourceTypes: fc.constantFrom(['Observation'], ['Patient'], ['Patient', 'Observation']),
      institution: fc.constantFrom(ZIYANG, OTHER_OF_ZIYANG),
    })
    .map((of) => question(of)),
  rule: fc.constantFrom('declared', 'required', 'deny', 'permit'),
})

const run = (consents: readonly ConsentFact[], { ask, rule }: { ask: ReturnType<typeof question>; rule: string }) =>
  decide(ask, facts({ consents }), policy({ rule: rule as 'declared' }), NOW_MS)

/** What a decision shows: a set of pairs, so that "less" is a subset. */
function shown(decision: AccessDecision): ReadonlySet<string> {
  if (!decision.allow) return new Set()
  const sources = [ZIYANG, DEYANG, OTHER_OF_ZIYANG].filter((one) => !decision.deniedSources.has(one))
  const classes = ['plain', 'hiv', 'genetic'].filter((one) => !decision.withheld.has(one))
  return new Set(sources.flatMap((source) => classes.map((name) => `${source} ${name}`)))
}

const isSubset = (part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean =>
  [...part].every((one) => whole.has(one))

describe('for whatever was said', () => {
  it('one refusal more never shows more', () => {
    fc.assert(
      fc.property(anyCase, anyConsent, ({ consents, ...of }, more) => {
        const refusal: ConsentFact = { ...more, decision: 'deny' }
        expect(isSubset(shown(run([...consents, refusal], of)), shown(run(consents, of)))).toBe(true)
      }),
      RUNS,
    )
  })

  it('one withdrawal of a yes more never shows more', () => {
    fc.assert(
      fc.property(anyCase, fc.nat(), ({ consents, ...of }, at) => {
        const chosen = consents[at % Math.max(1, consents.length)]
        fc.pre(chosen !== undefined && chosen.decision === 'permit' && chosen.withdrawnNo === null)
        const withdrawn = consents.map((one) => (one === chosen ? { ...one, withdrawnNo: 100 } : one))
        expect(isSubset(shown(run(withdrawn, of)), shown(run(consents, of)))).toBe(true)
      }),
      RUNS,
    )
  })

  it('what was withdrawn after all was said is not shown on the strength of anything that was said', () => {
    fc.assert(
      fc.property(anyCase, ({ consents, ...of }) => {
        const last: ConsentFact = {
          consentId: 'last',
          eventNo: 90,
          withdrawnNo: 100,
          decision: 'permit',
          purpose: 'TREAT',
          recipients: [of.ask.institution],
          dataClasses: ['C4', 'C5', 'C6'],
          sensitiveClasses: ['hiv', 'genetic'],
          sources: [],
          validUntilMs: null,
        }
        expect(run([...consents, last], of).allow).toBe(false)
      }),
      RUNS,
    )
  })

  it('nothing is allowed on consent that no consent in force names', () => {
    fc.assert(
      fc.property(anyCase, ({ consents, ...of }) => {
        const decision = run(consents, of)
        if (decision.basis !== 'consent' || !decision.allow) return
        const one = consents.find(({ consentId }) => consentId === decision.consentId)
        expect(one).toMatchObject({ decision: 'permit', purpose: 'TREAT', withdrawnNo: null })
        expect(one?.validUntilMs === null || (one?.validUntilMs ?? 0) > NOW_MS).toBe(true)
        expect(one?.recipients.some((code) => code === of.ask.institution || code === of.ask.city)).toBe(true)
      }),
      RUNS,
    )
  })

  it('no special disease is shown without a yes of its own', () => {
    fc.assert(
      fc.property(anyCase, ({ consents, ...of }) => {
        const decision = run(consents, of)
        for (const name of ['hiv', 'genetic']) {
          if (!decision.allow || decision.withheld.has(name)) continue
          expect(
            consents.some(
              (one) => one.decision === 'permit' && one.withdrawnNo === null && one.sensitiveClasses.includes(name),
            ),
          ).toBe(true)
        }
      }),
      RUNS,
    )
  })

  it('the order in which the rows come changes nothing', () => {
    fc.assert(
      fc.property(anyCase, ({ consents, ...of }) => {
        const { consentId: _a, ...forward } = run(consents, of)
        const { consentId: _b, ...backward } = run(consents.toReversed(), of)
        expect(shown(backward as AccessDecision)).toEqual(shown(forward as AccessDecision))
        expect(backward.allow).toBe(forward.allow)
      }),
      RUNS,
    )
  })

  it('a narrower yes than every refusal is a yes', () => {
    fc.assert(
      fc.property(fc.array(anyConsent, { maxLength: 6 }), (consents) => {
        const wide = consents.filter(
          (one) => !one.recipients.includes(ZIYANG) && (one.decision === 'deny' || one.withdrawnNo === null),
        )
        const own: ConsentFact = {
          consentId: 'own',
          eventNo: 99,
          withdrawnNo: null,
          decision: 'permit',
          purpose: 'TREAT',
          recipients: [ZIYANG],
          dataClasses: ['C5'],
          sensitiveClasses: [],
          sources: [],
          validUntilMs: null,
        }
        expect(run([...wide, own], { ask: question(), rule: 'deny' })).toMatchObject({
          allow: true,
          consentId: 'own',
        })
      }),
      RUNS,
    )
  })
})
