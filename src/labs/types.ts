import type { SaidOfPerson } from '../people/index.ts'

/** The states of a laboratory report and of one result (R4 DiagnosticReport.status, Observation.status). */
export type ReportStatus =
  | 'registered'
  | 'partial'
  | 'preliminary'
  | 'final'
  | 'amended'
  | 'corrected'
  | 'cancelled'
  | 'entered-in-error'
export type ItemStatus = Exclude<ReportStatus, 'partial'>

export type Source = 'hl7v2' | 'cda'

export type Comparator = '<' | '<=' | '>' | '>='

/** A value as the laboratory wrote it. Numbers stay text: their digits say how exact they are. */
export type LabValue =
  | { readonly kind: 'number'; readonly number: string; readonly comparator: Comparator | null }
  | { readonly kind: 'titre'; readonly numerator: string; readonly denominator: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly system: string | null; readonly code: string; readonly display: string | null }
  | { readonly kind: 'none' }

export interface LabRange {
  readonly text: string
  readonly low: string | null
  readonly high: string | null
}

/** One result item of a report, before any mapping. */
export interface LabItem {
  readonly localSystem: string
  readonly localCode: string
  readonly display: string | null
  /** A LOINC code that the laboratory itself sent. */
  readonly loinc: string | null
  /** Tells repeated items of one report apart. */
  readonly subId: string | null
  readonly value: LabValue
  readonly unit: string | null
  readonly range: LabRange | null
  /** Codes of HL7 table 0078. */
  readonly flags: readonly string[]
  readonly status: ItemStatus
  readonly method: string | null
  /** FHIR dateTime; null: that of the report. */
  readonly measuredAt: string | null
}

export interface LabSpecimen {
  readonly number: string | null
  /** Code as it was sent, for mappings by specimen; also its text where it has no code. */
  readonly type: string | null
  readonly typeSystem: string | null
  readonly typeText: string | null
  readonly collectedAt: string | null
  readonly receivedAt: string | null
  /** As it was sent: code of HL7 table 0493, or words. */
  readonly condition: string | null
}

/** What a patient is looked for by: numbers of the state, or the sender's own ones in their name space. Never a name. */
export type PatientIdentifier =
  | {
      readonly type: 'resident-id' | 'passport' | 'travel-permit' | 'social-security-card'
      readonly value: string
    }
  | { readonly system: string; readonly value: string }

/** One report as it was read, before any mapping: what is stored, so that it can be read anew when a mapping changes. */
export interface LabReport {
  readonly source: Source
  readonly institution: string
  readonly laboratory: string | null
  readonly reportNo: string
  /** Whose number it is, where the sender says so: two name spaces have the same numbers. */
  readonly numberSpace: string | null
  readonly status: ReportStatus
  /** Instant at which the laboratory made this version. */
  readonly versionAt: string
  readonly panel: { readonly system: string | null; readonly code: string | null; readonly display: string | null }
  readonly specimen: LabSpecimen | null
  /** FHIR dateTime. */
  readonly issuedAt: string | null
  readonly conclusion: string | null
  readonly items: readonly LabItem[]
}

/** A report with the identifiers under which its patient came. */
export interface ReportForPatient {
  readonly report: LabReport
  readonly patient: readonly PatientIdentifier[]
  /** Finds nobody; where it speaks against the person of the identifiers, the report waits for review. */
  readonly said: SaidOfPerson
}
