import { addDays, ageOn } from '../kernel/time.ts'

/**
 * 个人信息保护法 art. 31: below 14 a guardian consents. From the 14th birthday on the person's own consent is needed, and a
 * guardian's rights here end by themselves.
 */
const OWN_CONSENT_AT = 14

/** 民法典 art. 17: full age, from which somebody can be a guardian. */
const FULL_AGE = 18

export const LINK_KINDS = ['guardian', 'family'] as const
/** `guardian` acts for a child under 14; `family` shows a person's code with that person's consent (家庭码). */
export type LinkKind = (typeof LINK_KINDS)[number]

export const RELATIONS = [
  'parent',
  'grandparent',
  'sibling',
  'appointed',
  'spouse',
  'child',
  'grandchild',
  'other-relative',
  'carer',
] as const
export type Relation = (typeof RELATIONS)[number]

/** 民法典 art. 27: parents; then grandparents, adult siblings, and others whom the residents' committee or a court appoints. */
const GUARDIANS: readonly Relation[] = ['parent', 'grandparent', 'sibling', 'appointed']

/** A link as far as its time is concerned. Both days are included. */
export interface LinkPeriod {
  readonly kind: LinkKind
  readonly from: string
  readonly to: string | null
  readonly endedAt: Date | null
}

export type LinkState = 'in-force' | 'not-yet' | 'ended'

/** True where only a guardian can ask for the person's card. Ages change at the beginning of the birthday. */
export const needsGuardian = (birthDate: string, day: string): boolean => ageOn(birthDate, day) < OWN_CONSENT_AT

/** The last day on which a link can count, also where nobody said an end; null where there is none. */
export function lastDayOf({ kind, to }: Pick<LinkPeriod, 'kind' | 'to'>, birthDate: string): string | null {
  if (kind !== 'guardian') return to
  const lastAsChild = addDays(birthdayAt(birthDate, OWN_CONSENT_AT), -1)
  return to === null || to > lastAsChild ? lastAsChild : to
}

export function stateOf(link: LinkPeriod, at: { birthDate: string; day: string; now: Date }): LinkState {
  if (link.endedAt !== null && link.endedAt <= at.now) return 'ended'
  const last = lastDayOf(link, at.birthDate)
  if (last !== null && last < at.day) return 'ended'
  return link.from > at.day ? 'not-yet' : 'in-force'
}

/** What is wrong with a new link, by its field. */
export function checkLink(link: {
  readonly kind: LinkKind
  readonly relation: Relation
  readonly from: string
  readonly to: string | null
  readonly birthDate: string
  readonly guardianBirthDate: string
}): readonly { readonly pointer: string; readonly detail: string }[] {
  const errors: { pointer: string; detail: string }[] = []
  if (link.to !== null && link.to < link.from) errors.push({ pointer: '/to', detail: 'lies before /from' })
  if (link.kind !== 'guardian') return errors
  if (!GUARDIANS.includes(link.relation)) {
    errors.push({ pointer: '/relation', detail: `is not one of a guardian: ${GUARDIANS.join(', ')}` })
  }
  if (ageOn(link.guardianBirthDate, link.from) < FULL_AGE) {
    errors.push({ pointer: '/guardianId', detail: 'is not of full age on the first day' })
  }
  if (!needsGuardian(link.birthDate, link.from)) {
    errors.push({ pointer: '/kind', detail: 'a person of 14 consents by itself: record a family link' })
  }
  return errors
}

/** The day on which somebody is so old. Who is born on 29 February is so on 1 March of a common year. */
function birthdayAt(birthDate: string, age: number): string {
  const year = Number(birthDate.slice(0, 4)) + age
  const rest = birthDate.slice(4)
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return `${year}${rest === '-02-29' && !leap ? '-03-01' : rest}`
}
