import { addDays } from '../kernel/time.ts'
import type { ReasonCode } from './texts.ts'
import type {
  AccessDecision,
  AccessQuestion,
  Basis,
  ConsentFact,
  DataClass,
  LegalGround,
  OverrideFact,
  PersonFacts,
  PolicyInForce,
  PurposePolicy,
  RelationshipFact,
  SensitiveClass,
} from './types.ts'

const DAY_MS = 86_400_000

const SETTLEMENT_TYPES: readonly string[] = ['Coverage', 'Claim', 'ClaimResponse', 'ExplanationOfBenefit', 'Account']
const IDENTITY_TYPES: readonly string[] = ['Patient', 'RelatedPerson']

/** The class of a FHIR type. What is not known here is clinical: of the two mistakes the harmless one. */
export function classOfType(type: string): DataClass {
  if (IDENTITY_TYPES.includes(type)) return 'C4'
  return SETTLEMENT_TYPES.includes(type) ? 'C8' : 'C5'
}

/**
 * Who may see what, in the order of the rules: an emergency access in force; what the person refused; what the person
 * allowed; then what policy says of the purpose. The narrowest word of the person counts, a tie refuses, and a consent
 * that was withdrawn stays so against every earlier one.
 *
 * Nothing but its arguments goes in, so that a stored case can be decided again.
 */
export function decide(
  question: AccessQuestion,
  facts: PersonFacts,
  policy: PolicyInForce,
  nowMs: number,
): AccessDecision {
  const { purpose } = policy
  if (purpose === undefined) return refuse('consent', ['purpose-unknown'])
  if (!purpose.roles.includes(question.role)) return refuse(purpose.basis, ['purpose-not-for-role'])
  const classes = [...new Set(question.resourceTypes.map(classOfType))]
  if (classes.length === 0 || classes.some((one) => !purpose.dataClasses.includes(one))) {
    return refuse(purpose.basis, ['class-not-covered'])
  }
  const override = overrideInForce(purpose, facts.overrides, nowMs)
  if (override !== undefined) return openInEmergency(override, policy)
  if (!purpose.heedsConsent) return byDefault(question, { purpose, facts, policy, classes, nowMs })

  const said = facts.consents.filter((one) => concerns(one, question))
  const words = classes.map((one) => wordOn(said, question, { dataClass: one }, nowMs))
  const refusals = [...new Set(words.flatMap(({ word }) => (word === 'deny' || word === 'withdrawn' ? [word] : [])))]
  if (refusals.length > 0) {
    return refuse(
      'consent',
      refusals.map((word) => (word === 'deny' ? 'consent-denied' : 'consent-withdrawn')),
    )
  }
  // Classes that the person allowed need no more; the default decides on the rest.
  const rest = classes.filter((_, at) => words[at]?.word !== 'permit')
  const consentId = words.find(({ word }) => word === 'permit')?.consentId
  const decision =
    rest.length === 0 && consentId !== undefined
      ? allow('consent', 'consent-permits', { consentId })
      : byDefault(question, { purpose, facts, policy, classes: rest, nowMs })
  if (!decision.allow) return decision
  const deniedSources = sourcesDenied(said, classes, nowMs)
  return {
    ...decision,
    reasonCodes: deniedSources.size > 0 ? [...decision.reasonCodes, 'sources-denied'] : decision.reasonCodes,
    withheld: sensitiveWithheld(said, question, { purpose, policy, nowMs }),
    deniedSources,
  }
}

/** What the person's words come to for one class of data. `silent`: nothing was said, so nothing may be inferred. */
type Word = 'permit' | 'deny' | 'withdrawn' | 'silent'

interface Aim {
  readonly dataClass: DataClass
  readonly sensitive?: SensitiveClass
}

function wordOn(
  said: readonly ConsentFact[],
  question: AccessQuestion,
  aim: Aim,
  nowMs: number,
): { readonly word: Word; readonly consentId?: string } {
  const about = said.filter((one) => names(one, aim))
  const permits = about.filter((one) => one.decision === 'permit')
  const withdrawnNo = Math.max(0, ...permits.map((one) => one.withdrawnNo ?? 0))
  const inForce = (one: ConsentFact): boolean => one.withdrawnNo === null && !isOver(one.validUntilMs, nowMs)
  const rank = (one: ConsentFact): number => narrowness(one, question)
  const denies = about.filter((one) => one.decision === 'deny' && inForce(one))
  // Refusals about named sources take those away and leave the rest; special diseases cannot be told apart by source.
  const whole = denies.filter((one) => one.sources.length === 0 || aim.sensitive !== undefined)
  const best = permits
    .filter((one) => inForce(one) && one.eventNo > withdrawnNo)
    .reduce<ConsentFact | undefined>((a, b) => (a === undefined || rank(b) > rank(a) ? b : a), undefined)
  if (best !== undefined && whole.every((one) => rank(one) < rank(best))) {
    return { word: 'permit', consentId: best.consentId }
  }
  if (whole.length > 0) return { word: 'deny' }
  return { word: withdrawnNo > 0 ? 'withdrawn' : 'silent' }
}

/** True where it is about this purpose and this reader. Nothing follows from a consent for another purpose or city. */
function concerns(one: ConsentFact, { purpose, institution, city }: AccessQuestion): boolean {
  if (one.purpose !== purpose) return false
  return one.recipients.includes(institution) || (city !== undefined && one.recipients.includes(city))
}

function names(one: ConsentFact, { dataClass, sensitive }: Aim): boolean {
  if (!one.dataClasses.includes(dataClass)) return false
  return sensitive === undefined || one.sensitiveClasses.includes(sensitive)
}

/** The institution by its own code is narrower than its city; among those, who names fewer classes. */
function narrowness(one: ConsentFact, { institution }: AccessQuestion): number {
  const classes = one.dataClasses.length + one.sensitiveClasses.length
  return (one.recipients.includes(institution) ? 1_000 : 0) - classes
}

const isOver = (untilMs: number | null, nowMs: number): boolean => untilMs !== null && untilMs <= nowMs

function sourcesDenied(said: readonly ConsentFact[], asked: readonly DataClass[], nowMs: number): Set<string> {
  // That somebody is a patient of a house is what closing its records hides, too.
  const classes: readonly DataClass[] = asked.includes('C4') ? [...asked, 'C5'] : asked
  const denies = said.filter(
    (one) =>
      one.decision === 'deny' &&
      one.withdrawnNo === null &&
      !isOver(one.validUntilMs, nowMs) &&
      classes.some((dataClass) => names(one, { dataClass })),
  )
  return new Set(denies.flatMap((one) => one.sources))
}

/** A special disease is shown on a permit of its own and on nothing else (个人信息保护法 art. 29). */
function sensitiveWithheld(
  said: readonly ConsentFact[],
  question: AccessQuestion,
  of: { readonly purpose: PurposePolicy; readonly policy: PolicyInForce; readonly nowMs: number },
): Set<SensitiveClass> {
  const reachable = of.purpose.dataClasses.includes('C6')
  const withheld = of.policy.sensitiveClasses.filter(
    ({ class: sensitive }) =>
      !reachable || wordOn(said, question, { dataClass: 'C6', sensitive }, of.nowMs).word !== 'permit',
  )
  return new Set(withheld.map((one) => one.class))
}

function overrideInForce(
  purpose: PurposePolicy,
  overrides: readonly OverrideFact[],
  nowMs: number,
): OverrideFact | undefined {
  if (purpose.rule !== 'override') return undefined
  return overrides.find((one) => one.startedMs <= nowMs && nowMs < one.expiresMs)
}

function openInEmergency({ overrideId }: OverrideFact, { sensitiveClasses }: PolicyInForce): AccessDecision {
  const shut = sensitiveClasses.filter((one) => !one.opensInEmergency)
  return {
    ...allow('emergency', 'override-active', { overrideId }),
    withheld: new Set(shut.map((one) => one.class)),
  }
}

interface DefaultCase {
  readonly purpose: PurposePolicy
  readonly facts: PersonFacts
  readonly policy: PolicyInForce
  readonly classes: readonly DataClass[]
  readonly nowMs: number
}

function byDefault(question: AccessQuestion, of: DefaultCase): AccessDecision {
  const { purpose, facts, policy, classes, nowMs } = of
  const beyond = classes.some((one) => !purpose.defaultClasses.includes(one))
  switch (purpose.rule) {
    case 'permit':
      if (beyond) return refuse(purpose.basis, ['no-consent'])
      return allow(purpose.basis, 'purpose-default')
    case 'deny':
      return refuse(purpose.basis, ['no-consent'])
    case 'override':
      return refuse(purpose.basis, ['override-missing'])
    case 'declared':
    case 'required': {
      if (beyond) return refuse(purpose.basis, ['no-consent'])
      const cared = facts.relationships.some((one) => isRelated(one, policy, nowMs))
      if (cared) return allow(purpose.basis, 'relationship-reported')
      if (purpose.rule === 'declared') return allow(purpose.basis, 'relationship-declared')
      return refuse(purpose.basis, ['relationship-missing'])
    }
    case 'legal-ground':
      return onLegalGround(question, of)
  }
}

/** Care lasts to its end and some days after it; one without an end is believed for so long only. */
export function isRelated(
  one: RelationshipFact,
  policy: Pick<PolicyInForce, 'relationshipDaysAfterEnd' | 'relationshipOpenMaxDays'>,
  nowMs: number,
): boolean {
  const endMs = one.toMs ?? one.fromMs + policy.relationshipOpenMaxDays * DAY_MS
  return one.fromMs <= nowMs && nowMs < endMs + policy.relationshipDaysAfterEnd * DAY_MS
}

/** A duty or an order covers the classes and types that it names, and no more. */
function onLegalGround(question: AccessQuestion, of: DefaultCase): AccessDecision {
  const { purpose, policy, classes, nowMs } = of
  const covers = (one: LegalGround): boolean =>
    one.purpose === purpose.purpose &&
    one.role === question.role &&
    (one.city === null || one.city === question.city) &&
    one.fromMs <= nowMs &&
    !isOver(one.toMs, nowMs) &&
    classes.every((dataClass) => one.dataClasses.includes(dataClass)) &&
    question.resourceTypes.every((type) => one.resourceTypes.includes(type))
  const ground = policy.grounds.find(covers)
  if (ground === undefined) return refuse(purpose.basis, ['no-legal-ground'])
  const shut = policy.sensitiveClasses.filter((one) => !ground.sensitiveClasses.includes(one.class))
  return {
    ...allow(ground.kind, 'legal-ground', ground.orderId === null ? {} : { orderId: ground.orderId }),
    withheld: new Set(shut.map((one) => one.class)),
  }
}

type AllowedBy = Pick<AccessDecision, 'consentId' | 'overrideId' | 'orderId'>

const allow = (basis: Basis, reason: ReasonCode, by: AllowedBy = {}): AccessDecision => ({
  allow: true,
  basis,
  reasonCodes: [reason],
  ...by,
  withheld: new Set(),
  deniedSources: new Set(),
})

const refuse = (basis: Basis, reasonCodes: readonly ReasonCode[]): AccessDecision => ({
  allow: false,
  basis,
  reasonCodes,
  withheld: new Set(),
  deniedSources: new Set(),
})

/** The nth working day after a day. */
export function dayAfterWorkdays(from: string, count: number, isWorkday: (day: string) => boolean): string {
  let day = from
  for (let left = count; left > 0; ) {
    day = addDays(day, 1)
    if (isWorkday(day)) left -= 1
  }
  return day
}
