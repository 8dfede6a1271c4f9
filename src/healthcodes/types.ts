import type { CityCode } from '../codes/index.ts'
import type { KeyAlgorithm, PublicJwk } from '../issuers/index.ts'

/** The level that all four cities understand. Levels of issuers become one of these by the table alone (`mapLevel`). */
export type HealthLevel = 'green' | 'yellow' | 'red'

export interface Bilingual {
  readonly zh: string
  readonly en: string
}

/** The common levels with the names of the field, the lightest first. */
export const LEVELS: readonly (Bilingual & { readonly level: HealthLevel; readonly access: Bilingual })[] = [
  { level: 'green', zh: '绿码', en: 'Green code', access: { zh: '通行', en: 'Free to pass' } },
  { level: 'yellow', zh: '黄码', en: 'Yellow code', access: { zh: '限制', en: 'Restricted' } },
  { level: 'red', zh: '红码', en: 'Red code', access: { zh: '禁止', en: 'Not admitted, except to care' } },
]

/** On what kind of evidence a level rests. */
export const EVIDENCE_CLASSES = [
  'laboratory',
  'diagnosis',
  'investigation',
  'entry',
  'isolation-order',
  'declaration',
] as const
export type EvidenceClass = (typeof EVIDENCE_CLASSES)[number]

/** What the verifier learns of a person. */
export type HealthLevelAnswer =
  | { readonly state: 'dormant' }
  | { readonly state: 'none' }
  | {
      readonly state: 'set'
      readonly level: HealthLevel
      readonly reasonCode: string
      /** Name of the issuing city, e.g. `urn:yimatong:510100`. */
      readonly issuer: string
      readonly validUntilMs: number
      readonly whatToDo: Bilingual
    }

/** A client and the staff number (工号) that it names: who stands for a step. */
export interface Party {
  readonly clientId: string
  readonly officer: string
}

/** One ground of an order on which a level may be given. */
export interface OrderRule extends Bilingual {
  readonly reasonCode: string
  /** Level of the issuing city, in the version of its level table that follows. */
  readonly issuerLevel: string
  readonly version: number
  /** What that level was in the common set when the order was registered. */
  readonly level: HealthLevel
  readonly evidence: readonly EvidenceClass[]
  /** True: one officer may set it for one person. Never for red. */
  readonly direct: boolean
  /** A level on this ground ends after so many hours. */
  readonly maxHours: number
  readonly whatToDo: Bilingual
}

export interface EmergencyOrder {
  readonly orderId: string
  /** The city whose CDC acts under it. */
  readonly city: CityCode
  /** Who gave the order, e.g. the city's command for the emergency. */
  readonly issuedBy: string
  readonly legalBasis: string
  /** The city's code or codes of its divisions. */
  readonly area: readonly string[]
  readonly fromMs: number
  readonly toMs: number
  readonly rules: readonly OrderRule[]
  readonly proposedBy: Party
  readonly approvedBy: Party | null
  /** Who refused it or ended it before its time; null where it stands or its time ran out. */
  readonly closedBy: Party | null
  /** Set when it was refused, ended early, or closed after its end. */
  readonly closedAtMs: number | null
}

/** One version of what an issuer of health codes is: its keys and its levels. Never changed, only withdrawn. */
export interface IssuerVersion {
  readonly issuer: string
  readonly version: number
  /** A city of ours signs with its own keys of `issuers`; others bring theirs. */
  readonly city: CityCode | null
  readonly name: Bilingual
  readonly region: string
  readonly keys: readonly IssuerJwk[]
  readonly levels: readonly { readonly issuerLevel: string; readonly level: HealthLevel }[]
  /** Shorter than the policy where the issuer says so; null: the policy's. */
  readonly maxAgeS: number | null
  readonly fromMs: number
  readonly toMs: number | null
  readonly source: string
  readonly verified: boolean
}

/** Public key of a foreign issuer (RFC 7517). */
export interface IssuerJwk extends PublicJwk {
  readonly kid: string
  readonly alg: KeyAlgorithm
}

export const POLICY_NAMES = [
  'order-max-days',
  'code-life-s',
  'code-max-age-s',
  'clock-skew-s',
  'appeal-due-h',
  'appeal-second-within-days',
  'single-changes-an-hour',
  'hold-max-days',
  'retention-days',
] as const
export type PolicyName = (typeof POLICY_NAMES)[number]

export interface PolicyRow {
  readonly name: PolicyName
  readonly version: number
  readonly value: number
  readonly from: string
  readonly to: string | null
  readonly source: string
  readonly verified: boolean
}
