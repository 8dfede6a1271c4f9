import type {
  AccessQuestion,
  ConsentFact,
  LegalGround,
  PersonFacts,
  PolicyInForce,
  PurposePolicy,
} from '../../src/consent/types.ts'

export const NOW_MS = Date.parse('2026-11-24T07:00:00Z')
export const DAY_MS = 86_400_000

/** A hospital of Ziyang; the neighbours of the tests. */
export const ZIYANG = 'H51200200001'
export const OTHER_OF_ZIYANG = 'H51200200002'
export const DEYANG = 'H51060300001'

export const question = (of: Partial<AccessQuestion> = {}): AccessQuestion => ({
  institution: ZIYANG,
  city: '512000',
  role: 'hospital',
  purpose: 'TREAT',
  resourceTypes: ['Observation'],
  ...of,
})

export const treat: PurposePolicy = {
  purpose: 'TREAT',
  version: 1,
  zh: '诊疗',
  en: 'Treatment',
  basis: 'treatment',
  rule: 'declared',
  heedsConsent: true,
  roles: ['hospital'],
  dataClasses: ['C4', 'C5', 'C6'],
  defaultClasses: ['C4', 'C5'],
}

export const policy = (purpose: Partial<PurposePolicy> = {}, grounds: readonly LegalGround[] = []): PolicyInForce => ({
  purpose: { ...treat, ...purpose },
  grounds,
  sensitiveClasses: [
    { class: 'hiv', opensInEmergency: true },
    { class: 'genetic', opensInEmergency: false },
  ],
  relationshipDaysAfterEnd: 30,
  relationshipOpenMaxDays: 180,
})

let made = 0

export const consent = (of: Partial<ConsentFact> = {}): ConsentFact => {
  made += 1
  return {
    consentId: `consent-${made}`,
    eventNo: made,
    decision: 'permit',
    purpose: 'TREAT',
    recipients: [ZIYANG],
    dataClasses: ['C5'],
    sensitiveClasses: [],
    sources: [],
    validUntilMs: null,
    withdrawnNo: null,
    ...of,
  }
}

export const facts = (of: Partial<PersonFacts> = {}): PersonFacts => ({
  consents: [],
  relationships: [],
  overrides: [],
  ...of,
})

export const saying = (...consents: readonly ConsentFact[]): PersonFacts => facts({ consents })
