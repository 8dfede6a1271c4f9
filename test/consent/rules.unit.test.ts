import { describe, expect, it } from 'vitest'
import { classOfType, dayAfterWorkdays, decide, isRelated } from '../../src/consent/rules.ts'
import { REASONS } from '../../src/consent/texts.ts'
import type { AccessQuestion, LegalGround, PersonFacts, PolicyInForce } from '../../src/consent/types.ts'
import { consent, DAY_MS, DEYANG, facts, NOW_MS, OTHER_OF_ZIYANG, policy, question, saying } from './facts.ts'

const outcome = (
  known: PersonFacts = facts(),
  of: { ask?: Partial<AccessQuestion>; by?: PolicyInForce; at?: number } = {},
) => decide(question(of.ask), known, of.by ?? policy(), of.at ?? NOW_MS)
const denyByDefault = policy({ rule: 'deny', basis: 'consent' })

describe('what the purpose decides where nobody said anything', () => {
  it('lets treatment go on the stated purpose, and says that it is only stated', () => {
    expect(outcome()).toMatchObject({ allow: true, basis: 'treatment', reasonCodes: ['relationship-declared'] })
  })

  it('asks for a known relation of care where policy is strict', () => {
    const strict = policy({ rule: 'required' })
    expect(outcome(facts(), { by: strict })).toMatchObject({ allow: false, reasonCodes: ['relationship-missing'] })
    const related = facts({ relationships: [{ kind: 'admission', fromMs: NOW_MS - DAY_MS, toMs: null }] })
    expect(outcome(related, { by: strict })).toMatchObject({ allow: true, reasonCodes: ['relationship-reported'] })
  })

  it('infers no consent from silence', () => {
    expect(outcome(facts(), { by: denyByDefault })).toMatchObject({ allow: false, reasonCodes: ['no-consent'] })
  })

  it('allows where the purpose says so', () => {
    const payment = policy({ rule: 'permit', basis: 'payment' })
    expect(outcome(facts(), { by: payment })).toMatchObject({ allow: true, basis: 'payment' })
  })

  it('covers some classes only, and the others with the yes of the person', () => {
    const narrow = { defaultClasses: ['C4'] }
    const ask = { resourceTypes: ['Patient', 'Observation'] }
    for (const by of [policy(narrow), policy({ ...narrow, rule: 'permit' })]) {
      expect(outcome(facts(), { ask, by }).reasonCodes).toEqual(['no-consent'])
      expect(outcome(saying(consent()), { ask, by }).allow).toBe(true)
    }
  })

  it('refuses a purpose that nobody registered, a role that it does not serve, and data that it does not reach', () => {
    const none = { ...policy(), purpose: undefined }
    expect(outcome(facts(), { by: none }).reasonCodes).toEqual(['purpose-unknown'])
    expect(outcome(facts(), { ask: { role: 'pharmacy' } }).reasonCodes).toEqual(['purpose-not-for-role'])
    expect(outcome(facts(), { ask: { resourceTypes: ['Claim'] } }).reasonCodes).toEqual(['class-not-covered'])
    expect(outcome(facts(), { ask: { resourceTypes: [] } }).reasonCodes).toEqual(['class-not-covered'])
  })
})

describe('what the person said', () => {
  it('allows by a consent, and names it', () => {
    const one = consent()
    expect(outcome(saying(one), { by: denyByDefault })).toMatchObject({
      allow: true,
      basis: 'consent',
      consentId: one.consentId,
    })
  })

  it('takes nothing from a consent for another purpose, another recipient or another class', () => {
    const others = [
      consent({ purpose: 'HRESCH' }),
      consent({ recipients: [OTHER_OF_ZIYANG, DEYANG, '510600'] }),
      consent({ dataClasses: ['C4'] }),
    ]
    expect(outcome(saying(...others), { by: denyByDefault }).allow).toBe(false)
  })

  it('needs a yes to every class that is asked for, where consent is the only ground', () => {
    const both = { ask: { resourceTypes: ['Patient', 'Observation'] }, by: denyByDefault }
    expect(outcome(saying(consent()), both).allow).toBe(false)
    expect(outcome(saying(consent(), consent({ dataClasses: ['C4'] })), both).allow).toBe(true)
  })

  it('refuses on a no, whatever the default', () => {
    expect(outcome(saying(consent({ decision: 'deny' })))).toMatchObject({
      allow: false,
      reasonCodes: ['consent-denied'],
    })
  })

  it('lets the narrower word win: the institution over its city, both ways', () => {
    const city = { recipients: ['512000'] }
    expect(outcome(saying(consent({ ...city, decision: 'deny' }), consent())).allow).toBe(true)
    expect(outcome(saying(consent(city), consent({ decision: 'deny' }))).allow).toBe(false)
  })

  it('lets the word win that names fewer classes', () => {
    const wide = { dataClasses: ['C4', 'C5'] }
    expect(outcome(saying(consent({ ...wide, decision: 'deny' }), consent())).allow).toBe(true)
    expect(outcome(saying(consent(wide), consent({ decision: 'deny' }))).allow).toBe(false)
  })

  it('refuses a tie, also where the yes is the later one', () => {
    expect(outcome(saying(consent({ decision: 'deny' }), consent())).allow).toBe(false)
    expect(outcome(saying(consent(), consent({ decision: 'deny' }))).allow).toBe(false)
  })

  it('stops at the end of the validity, to the millisecond', () => {
    const one = consent({ validUntilMs: NOW_MS })
    expect(outcome(saying(one), { by: denyByDefault, at: NOW_MS - 1 }).allow).toBe(true)
    expect(outcome(saying(one), { by: denyByDefault }).allow).toBe(false)
    expect(outcome(saying(consent({ decision: 'deny', validUntilMs: NOW_MS }))).allow).toBe(true)
  })

  it('lets a withdrawal beat every earlier grant, a narrower one too, and the default', () => {
    const narrow = consent({ eventNo: 1 })
    const withdrawn = consent({ eventNo: 2, recipients: ['512000'], withdrawnNo: 3 })
    expect(outcome(saying(narrow, withdrawn))).toMatchObject({ allow: false, reasonCodes: ['consent-withdrawn'] })
    expect(outcome(saying(withdrawn)).allow).toBe(false)
  })

  it('takes a consent that was given after the withdrawal', () => {
    const withdrawn = consent({ eventNo: 1, withdrawnNo: 2 })
    const again = consent({ eventNo: 3, recipients: ['512000'] })
    expect(outcome(saying(withdrawn, again))).toMatchObject({ allow: true, consentId: again.consentId })
  })

  it('goes back to the default when a refusal is taken back', () => {
    expect(outcome(saying(consent({ decision: 'deny', withdrawnNo: 9_999 }))).reasonCodes).toEqual([
      'relationship-declared',
    ])
  })

  it('names every reason of a refusal once', () => {
    const said = saying(consent({ decision: 'deny' }), consent({ dataClasses: ['C4'], withdrawnNo: 9_999 }))
    const both = outcome(said, { ask: { resourceTypes: ['Observation', 'Condition', 'Patient'] } })
    expect(both.reasonCodes).toEqual(['consent-denied', 'consent-withdrawn'])
  })

  it('leaves out the sources that the person refused, and allows the rest', () => {
    const decision = outcome(saying(consent({ decision: 'deny', sources: [DEYANG] })))
    expect(decision).toMatchObject({ allow: true, reasonCodes: ['relationship-declared', 'sources-denied'] })
    expect([...decision.deniedSources]).toEqual([DEYANG])
    const past = { decision: 'deny', sources: [DEYANG] } as const
    expect(outcome(saying(consent({ ...past, withdrawnNo: 9_999 }))).deniedSources.size).toBe(0)
    expect(outcome(saying(consent({ ...past, validUntilMs: NOW_MS }))).deniedSources.size).toBe(0)
    expect(outcome(saying(consent({ ...past, dataClasses: ['C4'] }))).deniedSources.size).toBe(0)
  })

  it('knows a reader without a city by its own code alone', () => {
    const said = saying(consent({ recipients: ['512000'] }))
    const ask = { ask: { city: undefined }, by: denyByDefault }
    expect(outcome(said, ask).allow).toBe(false)
    expect(outcome(saying(consent()), ask).allow).toBe(true)
  })
})

describe('special diseases', () => {
  it('are withheld unless a consent of their own opens each of them', () => {
    expect([...outcome().withheld]).toEqual(['hiv', 'genetic'])
    expect([...outcome(saying(consent())).withheld]).toEqual(['hiv', 'genetic'])
    const hiv = consent({ dataClasses: ['C6'], sensitiveClasses: ['hiv'] })
    expect([...outcome(saying(hiv)).withheld]).toEqual(['genetic'])
    expect([...outcome(saying({ ...hiv, withdrawnNo: 9_999 })).withheld]).toEqual(['hiv', 'genetic'])
  })

  it('stay shut where the purpose does not reach them', () => {
    const hiv = consent({ dataClasses: ['C6'], sensitiveClasses: ['hiv'] })
    const by = policy({ dataClasses: ['C4', 'C5'] })
    expect([...outcome(saying(hiv), { by }).withheld]).toEqual(['hiv', 'genetic'])
  })

  it('are withheld whole where the person refused them of one source: what is where cannot be told before it is read', () => {
    const hiv = { dataClasses: ['C6'], sensitiveClasses: ['hiv'] }
    const said = saying(consent(hiv), consent({ ...hiv, decision: 'deny', sources: [DEYANG] }))
    expect([...outcome(said).withheld]).toContain('hiv')
  })
})

describe('an emergency access', () => {
  const emergency = policy({ purpose: 'ETREAT', rule: 'override', basis: 'emergency' })
  const open = { overrideId: 'override-1', startedMs: NOW_MS - 1, expiresMs: NOW_MS + 1 }
  const ask = { purpose: 'ETREAT' }

  it('is needed to read for emergency treatment', () => {
    expect(outcome(facts(), { ask, by: emergency })).toMatchObject({ allow: false, reasonCodes: ['override-missing'] })
  })

  it('comes before a refusal, and shuts what no emergency needs', () => {
    const known = facts({ overrides: [open], consents: [consent({ purpose: 'ETREAT', decision: 'deny' })] })
    const decision = outcome(known, { ask, by: emergency })
    expect(decision).toMatchObject({ allow: true, basis: 'emergency', overrideId: 'override-1' })
    expect([...decision.withheld]).toEqual(['genetic'])
  })

  it('lasts for its time and not a moment longer', () => {
    const known = facts({ overrides: [open] })
    expect(outcome(known, { ask, by: emergency, at: NOW_MS + 1 }).allow).toBe(false)
    expect(outcome(known, { ask, by: emergency, at: NOW_MS - 2 }).allow).toBe(false)
  })

  it('opens nothing for another purpose', () => {
    const known = facts({ overrides: [open], consents: [consent({ decision: 'deny' })] })
    expect(outcome(known).allow).toBe(false)
  })
})

describe('a legal ground', () => {
  const ground: LegalGround = {
    groundId: 'notifiable-disease',
    version: 1,
    kind: 'statutory-duty',
    purpose: 'PUBHLTH',
    role: 'cdc',
    city: null,
    legalBasis: 'act',
    dataClasses: ['C5', 'C6'],
    resourceTypes: ['Observation'],
    sensitiveClasses: ['hiv'],
    orderId: null,
    fromMs: NOW_MS - DAY_MS,
    toMs: null,
  }
  const by = (...grounds: readonly LegalGround[]) =>
    policy(
      { purpose: 'PUBHLTH', rule: 'legal-ground', heedsConsent: false, basis: 'statutory-duty', roles: ['cdc'] },
      grounds,
    )
  const ask = { role: 'cdc', purpose: 'PUBHLTH', institution: '512000' }

  it('covers the types and special classes that it names, and no more', () => {
    const decision = outcome(facts(), { ask, by: by(ground) })
    expect(decision).toMatchObject({ allow: true, basis: 'statutory-duty', reasonCodes: ['legal-ground'] })
    expect([...decision.withheld]).toEqual(['genetic'])
    const wider = { ...ask, resourceTypes: ['Observation', 'Procedure'] }
    expect(outcome(facts(), { ask: wider, by: by(ground) })).toMatchObject({
      allow: false,
      reasonCodes: ['no-legal-ground'],
    })
    expect(outcome(facts(), { ask, by: by({ ...ground, dataClasses: ['C6'] }) }).allow).toBe(false)
  })

  it('is not moved by what the person said', () => {
    const no = consent({ purpose: 'PUBHLTH', decision: 'deny', recipients: ['512000'] })
    expect(outcome(saying(no), { ask, by: by(ground) }).allow).toBe(true)
  })

  it('counts in its city, for its role and in its time', () => {
    expect(outcome(facts(), { ask, by: by({ ...ground, city: '512000' }) }).allow).toBe(true)
    expect(outcome(facts(), { ask, by: by({ ...ground, city: '510600' }) }).allow).toBe(false)
    expect(outcome(facts(), { ask, by: by({ ...ground, role: 'bureau' }) }).allow).toBe(false)
    expect(outcome(facts(), { ask, by: by({ ...ground, purpose: 'TREAT' }) }).allow).toBe(false)
    expect(outcome(facts(), { ask, by: by({ ...ground, toMs: NOW_MS }) }).allow).toBe(false)
    expect(outcome(facts(), { ask, by: by({ ...ground, fromMs: NOW_MS + 1 }) }).allow).toBe(false)
  })

  it('names the order on which it stands', () => {
    const order = { ...ground, kind: 'public-health-emergency', orderId: 'order-1' } as const
    expect(outcome(facts(), { ask, by: by(order) })).toMatchObject({
      basis: 'public-health-emergency',
      orderId: 'order-1',
    })
  })
})

describe('a relation of care', () => {
  const days = policy()

  it('lasts to its end and thirty days after it', () => {
    const one = { kind: 'admission', fromMs: NOW_MS - 60 * DAY_MS, toMs: NOW_MS - 30 * DAY_MS } as const
    expect(isRelated(one, days, NOW_MS - 1)).toBe(true)
    expect(isRelated(one, days, NOW_MS)).toBe(false)
  })

  it('without an end is believed for a bounded time, and one that lies ahead is none yet', () => {
    const one = { kind: 'visit', fromMs: NOW_MS, toMs: null } as const
    expect(isRelated(one, days, NOW_MS + 209 * DAY_MS)).toBe(true)
    expect(isRelated(one, days, NOW_MS + 210 * DAY_MS)).toBe(false)
    expect(isRelated(one, days, NOW_MS - 1)).toBe(false)
  })
})

describe('the small parts', () => {
  it('put every type into a class, and what is not known with the clinical ones', () => {
    expect(['Patient', 'Claim', 'Observation', 'Whatever'].map(classOfType)).toEqual(['C4', 'C8', 'C5', 'C5'])
  })

  it('count working days over a weekend', () => {
    const isWorkday = (day: string): boolean => ![0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay())
    // 2026-11-27 is a Friday.
    expect(dayAfterWorkdays('2026-11-27', 3, isWorkday)).toBe('2026-12-02')
    expect(dayAfterWorkdays('2026-11-24', 0, isWorkday)).toBe('2026-11-24')
  })

  it('have words in both languages for every reason', () => {
    for (const text of Object.values(REASONS)) expect([text.zh, text.en].every((one) => one.length > 3)).toBe(true)
  })
})
