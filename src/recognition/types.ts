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
  readonly validityDays: number
  /** Older than this a fast-changing result is shown as reference only; null: not fast-changing. */
  readonly fastDays: number | null
  /** Longest time since the last EQA round; null: the item has none. */
  readonly eqaMaxMonths: number | null
  /** On the negative list (负面清单) of this version. */
  readonly negative: boolean
  readonly basis: string
  readonly source: string
  /** False: the figure is a proposal, not read in a rule. */
  readonly verified: boolean
}

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

export type Organiser = 'national' | 'province' | 'city'

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
  readonly mapping: 'confirmed' | 'none' | 'ambiguous'
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
  readonly visit: {
    readonly kind: (typeof VISIT_KINDS)[number]
    readonly rescue?: boolean | undefined
    /** Ordered within a pre-operative or transfusion package. */
    readonly preoperative?: boolean | undefined
    /** Disease of a monitoring order of the own hospital. */
    readonly monitoringDisease?: string | undefined
    /** Day of a new diagnosis or admission. */
    readonly changedOn?: string | undefined
  }
}

/** What the physician says about one item. */
export interface Statement {
  readonly action: 'accept' | 'repeat'
  readonly reason?: string | undefined
  readonly detail?: string | undefined
  readonly informed?: 'yes' | 'no' | 'impossible' | undefined
}

export type Outcome = 'recognised' | 'not-recognised' | 'not-eligible' | 'pending' | 'reason-needed' | 'open'
