/** Types of records of a patient that are searched and read at the hospitals; Patient itself stands apart. */
export const RECORD_TYPES = [
  'AllergyIntolerance',
  'Condition',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'ImagingStudy',
  'Immunization',
  'MedicationRequest',
  'Observation',
  'Procedure',
] as const
export type RecordType = (typeof RECORD_TYPES)[number]

/** How one type is searched. All names are those of FHIR R4 (http://hl7.org/fhir/R4/searchparameter-registry.html). */
export interface RecordTypeFacts {
  /** Element that says whose record it is. */
  readonly owner: 'subject' | 'patient'
  /** Elements without which R4 knows no such resource. */
  readonly required: readonly string[]
  /** The parameter of when it happened, by which results are sorted. */
  readonly date: string
  /** What that parameter reads, the first that is there; a period counts from its start. */
  readonly dateElements: readonly string[]
  readonly otherDates: readonly string[]
  readonly tokens: readonly string[]
  /** Parameter of an `_include` -> the type that may come along. */
  readonly includes: Readonly<Record<string, string>>
}

const encounter = { encounter: 'Encounter' } as const

/** The one table of what can be searched: routes, passing on, sorting and the CapabilityStatement all read it. */
export const RECORD_TYPE_FACTS: Readonly<Record<RecordType, RecordTypeFacts>> = {
  AllergyIntolerance: {
    owner: 'patient',
    required: [],
    date: 'date',
    dateElements: ['recordedDate'],
    otherDates: [],
    tokens: ['identifier', 'code', 'category', 'clinical-status', 'verification-status'],
    includes: {},
  },
  Condition: {
    owner: 'subject',
    required: [],
    date: 'recorded-date',
    dateElements: ['recordedDate'],
    otherDates: ['onset-date'],
    tokens: ['identifier', 'code', 'category', 'clinical-status', 'verification-status'],
    includes: encounter,
  },
  DiagnosticReport: {
    owner: 'subject',
    required: ['status', 'code'],
    date: 'date',
    dateElements: ['effectiveDateTime', 'effectivePeriod'],
    otherDates: ['issued'],
    tokens: ['identifier', 'code', 'category', 'status'],
    includes: { result: 'Observation', specimen: 'Specimen', ...encounter },
  },
  DocumentReference: {
    owner: 'subject',
    required: ['status', 'content'],
    date: 'date',
    dateElements: ['date'],
    otherDates: [],
    tokens: ['identifier', 'type', 'category', 'status'],
    includes: encounter,
  },
  Encounter: {
    owner: 'subject',
    required: ['status', 'class'],
    date: 'date',
    dateElements: ['period'],
    otherDates: [],
    tokens: ['identifier', 'class', 'type', 'status'],
    includes: {},
  },
  ImagingStudy: {
    owner: 'subject',
    required: ['status'],
    date: 'started',
    dateElements: ['started'],
    otherDates: [],
    tokens: ['identifier', 'modality', 'status'],
    includes: encounter,
  },
  Immunization: {
    owner: 'patient',
    required: ['status', 'vaccineCode'],
    date: 'date',
    dateElements: ['occurrenceDateTime'],
    otherDates: [],
    tokens: ['identifier', 'vaccine-code', 'status'],
    includes: {},
  },
  MedicationRequest: {
    owner: 'subject',
    required: ['status', 'intent'],
    date: 'authoredon',
    dateElements: ['authoredOn'],
    otherDates: [],
    tokens: ['identifier', 'code', 'category', 'status', 'intent'],
    includes: { medication: 'Medication', ...encounter },
  },
  Observation: {
    owner: 'subject',
    required: ['status', 'code'],
    date: 'date',
    dateElements: ['effectiveDateTime', 'effectiveInstant', 'effectivePeriod'],
    otherDates: [],
    tokens: ['identifier', 'code', 'category', 'status'],
    includes: { specimen: 'Specimen', ...encounter },
  },
  Procedure: {
    owner: 'subject',
    required: ['status'],
    date: 'date',
    dateElements: ['performedDateTime', 'performedPeriod'],
    otherDates: [],
    tokens: ['identifier', 'code', 'category', 'status'],
    includes: encounter,
  },
}

export function isRecordType(type: string): type is RecordType {
  return Object.hasOwn(RECORD_TYPE_FACTS, type)
}
