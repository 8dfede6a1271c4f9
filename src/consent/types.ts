/** Classes of data that a purpose or a consent can name. */
export const DATA_CLASSES = ['C4', 'C5', 'C6', 'C8'] as const
/** C4 identity, C5 clinical, C6 special disease, C8 settlement. */
export type DataClass = (typeof DATA_CLASSES)[number]

/** A kind of special disease or the like, which needs a consent of its own: `hiv`, `std` … (rows of policy). */
export type SensitiveClass = string

export const BASES = [
  'treatment',
  'consent',
  'statutory-duty',
  'public-health-emergency',
  'emergency',
  'payment',
] as const
export type Basis = (typeof BASES)[number]

/** What holds for a purpose where neither an emergency nor the person has decided. */
export const DEFAULT_RULES = ['permit', 'deny', 'declared', 'required', 'override', 'legal-ground'] as const
export type DefaultRule = (typeof DEFAULT_RULES)[number]

/** A purpose of use (HL7 v3 PurposeOfUse) as policy has it on a day. */
export interface PurposePolicy {
  readonly purpose: string
  readonly version: number
  readonly zh: string
  readonly en: string
  readonly basis: Basis
  readonly rule: DefaultRule
  /** False where a law decides, whatever the person said. */
  readonly heedsConsent: boolean
  readonly roles: readonly string[]
  /** Classes that it can reach. */
  readonly dataClasses: readonly string[]
  /** Classes that its default rule covers; the others need the person's yes. */
  readonly defaultClasses: readonly string[]
}

/** A duty or an order that stands in for consent, as far as it goes. */
export interface LegalGround {
  readonly groundId: string
  readonly version: number
  readonly kind: 'statutory-duty' | 'public-health-emergency'
  readonly purpose: string
  readonly role: string
  /** Null: of all cities. */
  readonly city: string | null
  readonly legalBasis: string
  readonly dataClasses: readonly string[]
  readonly resourceTypes: readonly string[]
  readonly sensitiveClasses: readonly SensitiveClass[]
  readonly orderId: string | null
  readonly fromMs: number
  readonly toMs: number | null
}

/** What a person said, as the decision reads it. */
export interface ConsentFact {
  readonly consentId: string
  /** Order of all that was said; a withdrawal has a number of the same row of numbers. */
  readonly eventNo: number
  readonly decision: 'permit' | 'deny'
  readonly purpose: string
  readonly recipients: readonly string[]
  readonly dataClasses: readonly string[]
  readonly sensitiveClasses: readonly SensitiveClass[]
  readonly sources: readonly string[]
  readonly validUntilMs: number | null
  /** Null: not withdrawn. */
  readonly withdrawnNo: number | null
}

export const RELATIONSHIP_KINDS = [
  'visit',
  'admission',
  'emergency',
  'referral',
  'appointment',
  'consultation',
] as const
export type RelationshipKind = (typeof RELATIONSHIP_KINDS)[number]

export interface RelationshipFact {
  readonly kind: RelationshipKind
  readonly fromMs: number
  readonly toMs: number | null
}

export interface OverrideFact {
  readonly overrideId: string
  readonly startedMs: number
  readonly expiresMs: number
}

/** All that is known of one person for one reader and purpose. */
export interface PersonFacts {
  readonly consents: readonly ConsentFact[]
  readonly relationships: readonly RelationshipFact[]
  readonly overrides: readonly OverrideFact[]
}

/** Who asks, for which purpose, for which kinds of data. */
export interface AccessQuestion {
  readonly institution: string
  readonly city: string | undefined
  readonly role: string
  readonly purpose: string
  readonly resourceTypes: readonly string[]
}

/** Policy in force at the moment of the question. */
export interface PolicyInForce {
  readonly purpose: PurposePolicy | undefined
  readonly grounds: readonly LegalGround[]
  readonly sensitiveClasses: readonly { readonly class: SensitiveClass; readonly opensInEmergency: boolean }[]
  readonly relationshipDaysAfterEnd: number
  readonly relationshipOpenMaxDays: number
}

export interface AccessDecision {
  readonly allow: boolean
  readonly basis: Basis
  /** Codes of `texts.ts`; a refusal lists every reason. */
  readonly reasonCodes: readonly string[]
  readonly consentId?: string
  readonly overrideId?: string
  /** The emergency order behind the basis `public-health-emergency`. */
  readonly orderId?: string
  /** Resources of these classes are not shown. */
  readonly withheld: ReadonlySet<SensitiveClass>
  /** Institutions whose records are not shown. */
  readonly deniedSources: ReadonlySet<string>
}

/** Who reads. A slice above hands over its own reader, which has more. */
export interface ReaderFacts {
  readonly clientId: string
  readonly institution: string
  readonly role: string
  /** Left out: the city of the institution's code. */
  readonly city?: string | undefined
}

export interface AccessRequest {
  readonly personId: string
  readonly by: ReaderFacts
  readonly purpose: string
  readonly resourceTypes: readonly string[]
  readonly requestId?: string | undefined
  readonly sourceAddress?: string | undefined
}
