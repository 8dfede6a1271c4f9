import type { Fen } from '../kernel/money.ts'

/** Whole days, both ends included; `to` null means open. */
export interface Period {
  readonly from: string
  readonly to: string | null
}

/** One version of a catalogue item. */
export interface Item extends Period {
  readonly code: string
  readonly version: number
  readonly name: string
  readonly nameEn: string
  readonly kind: 'laboratory' | 'imaging'
  readonly loinc: readonly string[]
  /** v2-0487 code; null where the item has no specimen. */
  readonly specimen: string | null
  /** Unit (UCUM) that values must be convertible to; null: not looked at. */
  readonly ucum: string | null
  readonly validityDays: number
  /** Older than this a fast-changing result is shown as reference only; null: not fast-changing. */
  readonly fastDays: number | null
  /** Longest time since the last EQA round; null: the item has none. */
  readonly eqaMaxMonths: number | null
  /** On the negative list (负面清单) of this version, everywhere. */
  readonly negative: boolean
  /** Divisions where this catalogue holds. */
  readonly scope: readonly string[]
  readonly basis: string
  readonly source: string
  /** False: the figure is a proposal, not read in a rule. */
  readonly verified: boolean
}

/** What a mark's label reaches (全国HR, 川渝HR …). */
export interface Scope extends Period {
  readonly label: string
  readonly version: number
  readonly divisions: readonly string[]
  readonly source: string
  readonly verified: boolean
}

/** A panel (组套) stands for its members; recognition is per member. */
export interface Panel extends Period {
  readonly code: string
  readonly version: number
  readonly name: string
  readonly members: readonly string[]
  readonly source: string
  readonly verified: boolean
}

/** An item that is not to be accepted in an area (负面清单). */
export interface Negative extends Period {
  readonly item: string
  readonly version: number
  readonly scope: readonly string[]
  readonly basis: string
  readonly source: string
  readonly verified: boolean
}

/** What the item costs at the institution that would repeat it. */
export interface Price extends Period {
  readonly institution: string
  readonly item: string
  readonly version: number
  readonly priceFen: Fen
  readonly source: string
}

export const POLICIES = ['lower-accepts-higher-only', 'open-hours'] as const
export interface Policy extends Period {
  readonly name: (typeof POLICIES)[number]
  readonly version: number
  readonly value: number
  readonly source: string
  readonly verified: boolean
}

export const DETAILS = [
  'none',
  'what-changed',
  'trend',
  'measure',
  'appraisal',
  'qualification',
  'text',
  'retrieval',
  'disease',
  'signed-request',
  'defect',
] as const

/** Why a test is repeated although a result could be accepted. */
export interface Reason extends Period {
  readonly code: string
  readonly version: number
  readonly zh: string
  readonly en: string
  /** Stands in the rate as "not recognised". */
  readonly countable: boolean
  readonly detail: (typeof DETAILS)[number]
  /** Characters that the detail needs at least. */
  readonly detailMin: number
  /** Whether the patient may have been impossible to inform. */
  readonly informedImpossible: boolean
  readonly source: string
  readonly verified: boolean
}
/** The reasons in force on a day, by code. */
export type Reasons = ReadonlyMap<string, Reason>

/** That results of one item of one institution are accepted in an area (HR). */
export interface Mark extends Period {
  readonly institution: string
  readonly item: string
  readonly version: number
  readonly label: string
  readonly scope: readonly string[]
  readonly basis: string
  readonly source: string
  readonly verified: boolean
}

export const ORGANISERS = ['national', 'province', 'city'] as const
export type Organiser = (typeof ORGANISERS)[number]

/** One round of external quality assessment (室间质评). */
export interface EqaRound {
  readonly institution: string
  readonly item: string
  readonly round: string
  readonly organiser: Organiser
  readonly passed: boolean
  readonly publishedOn: string
}

/** A quality evaluation that lets an institution below level two take part. */
export interface Evaluation extends Period {
  readonly institution: string
  readonly organiser: Organiser
}

/** What is known of a result, without its value. */
export interface ResultFacts {
  readonly samePerson: boolean
  readonly readable: boolean
  /** `unit`: the item is known, but its unit is not or cannot be converted to the catalogue's. */
  readonly mapping: 'confirmed' | 'none' | 'ambiguous' | 'unit'
  /** False: specimen or method is not the one of the item, or it is not the item that was ordered. */
  readonly fitsOrder: boolean
  readonly status: string
  /** Day of collection or examination in Asia/Shanghai, else of the report. */
  readonly baseDate: string | null
  /** True where the report's day had to stand in. */
  readonly baseIsReport: boolean
  /** What a complete result would have: value, unit, reference-range, collection-time, specimen. */
  readonly missing: readonly string[]
  readonly specimenUnfit: boolean
  readonly images: 'not-needed' | 'available' | 'unavailable'
}

/** What the register holds for the item at the issuer. */
export interface RegisterFacts {
  /** The version in force for the receiver today. */
  readonly item: Item | undefined
  /** On a negative list that reaches the receiver today. */
  readonly negative: boolean
  readonly marks: readonly Mark[]
  readonly eqa: readonly EqaRound[]
  readonly evaluations: readonly Evaluation[]
  /** Level of the issuer on the day of the test. */
  readonly issuerLevel: number
}

export const VISIT_KINDS = ['outpatient', 'inpatient', 'emergency', 'appraisal'] as const

export interface ReadingContext {
  /** Today in Asia/Shanghai. */
  readonly today: string
  /** Division of the receiving institution. */
  readonly division: string
  /** Its level (级) today; 0 below level one or not rated. */
  readonly level: number
  /** Results of a lower level than one's own need not be accepted. */
  readonly lowerAcceptsHigherOnly: boolean
  readonly visit: Visit
}

export interface Visit {
  readonly kind: (typeof VISIT_KINDS)[number]
  readonly rescue?: boolean | undefined
  /** Ordered within a pre-operative or transfusion package. */
  readonly preoperative?: boolean | undefined
  /** Disease of a monitoring order of the own hospital. */
  readonly monitoringDisease?: string | undefined
  /** Day of a new diagnosis or admission. */
  readonly changedOn?: string | undefined
}

/** What the physician says about one item. */
export interface Statement {
  readonly action: 'accept' | 'repeat'
  readonly reason?: string | undefined
  /** Further codes; the main one alone decides. */
  readonly further?: readonly string[] | undefined
  readonly detail?: string | undefined
  /** Attempt to fetch the images, for reason 98. */
  readonly retrievalRef?: string | undefined
  readonly informed?: 'yes' | 'no' | 'impossible' | undefined
}

export const OUTCOMES = [
  'recognised',
  'not-recognised',
  'not-eligible',
  'pending',
  'reason-needed',
  'open',
  'reopened',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** What the reminder before an order says of an item. */
export const LINE_VERDICTS = [
  'valid-result',
  'pending',
  'no-valid-result',
  'none',
  'unknown',
  'unknown-item',
  'not-permitted',
] as const
export type LineVerdict = (typeof LINE_VERDICTS)[number]
