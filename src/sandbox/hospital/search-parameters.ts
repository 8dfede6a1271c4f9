/** One R4 search parameter: its kind and the elements it reads. */
export interface SearchParameter {
  readonly kind: 'token' | 'reference' | 'date' | 'string'
  readonly paths: readonly string[]
  /** For references: only this target type (R4 `patient` is `subject.where(resolve() is Patient)`). */
  readonly target?: string
}

type Parameters = Readonly<Record<string, SearchParameter>>

const token = (...paths: string[]): SearchParameter => ({ kind: 'token', paths })
const date = (...paths: string[]): SearchParameter => ({ kind: 'date', paths })
const text = (...paths: string[]): SearchParameter => ({ kind: 'string', paths })
const reference = (...paths: string[]): SearchParameter => ({ kind: 'reference', paths })
const patientAt = (path: string): SearchParameter => ({ kind: 'reference', paths: [path], target: 'Patient' })

const identified: Parameters = { identifier: token('identifier') }
const ofSubject: Parameters = { ...identified, subject: reference('subject'), patient: patientAt('subject') }
const ofPatient: Parameters = { ...identified, patient: patientAt('patient') }
const named: Parameters = { ...identified, name: text('name', 'alias') }
const humanName: Parameters = {
  name: text('name.text', 'name.family', 'name.given', 'name.prefix', 'name.suffix'),
  family: text('name.family'),
  given: text('name.given'),
}

/** The parameters indexed per type. Names and meanings are those of FHIR R4; a type not listed has the common ones only. */
const SEARCH_PARAMETERS: Readonly<Record<string, Parameters>> = {
  AllergyIntolerance: {
    ...ofPatient,
    code: token('code', 'reaction.substance'),
    category: token('category'),
    criticality: token('criticality'),
    'clinical-status': token('clinicalStatus'),
    'verification-status': token('verificationStatus'),
    date: date('recordedDate'),
    onset: date('reaction.onset'),
  },
  Appointment: {
    ...identified,
    status: token('status'),
    date: date('start'),
    actor: reference('participant.actor'),
    patient: patientAt('participant.actor'),
  },
  CarePlan: {
    ...ofSubject,
    status: token('status'),
    category: token('category'),
    date: date('period'),
    encounter: reference('encounter'),
  },
  Claim: { ...ofPatient, status: token('status'), created: date('created'), encounter: reference('item.encounter') },
  Condition: {
    ...ofSubject,
    code: token('code'),
    category: token('category'),
    'clinical-status': token('clinicalStatus'),
    'verification-status': token('verificationStatus'),
    encounter: reference('encounter'),
    'onset-date': date('onsetDateTime', 'onsetPeriod'),
    'recorded-date': date('recordedDate'),
  },
  Consent: { ...ofPatient, status: token('status'), category: token('category'), date: date('dateTime') },
  Coverage: { ...identified, status: token('status'), patient: patientAt('beneficiary'), type: token('type') },
  DiagnosticReport: {
    ...ofSubject,
    code: token('code'),
    category: token('category'),
    status: token('status'),
    date: date('effectiveDateTime', 'effectivePeriod'),
    issued: date('issued'),
    encounter: reference('encounter'),
    performer: reference('performer'),
    result: reference('result'),
    specimen: reference('specimen'),
    'based-on': reference('basedOn'),
  },
  DocumentReference: {
    ...ofSubject,
    identifier: token('masterIdentifier', 'identifier'),
    status: token('status'),
    type: token('type'),
    category: token('category'),
    date: date('date'),
    period: date('context.period'),
    author: reference('author'),
    encounter: reference('context.encounter'),
  },
  Encounter: {
    ...ofSubject,
    status: token('status'),
    class: token('class'),
    type: token('type'),
    date: date('period'),
    'service-provider': reference('serviceProvider'),
  },
  ExplanationOfBenefit: { ...ofPatient, status: token('status'), created: date('created'), claim: reference('claim') },
  ImagingStudy: {
    ...ofSubject,
    status: token('status'),
    modality: token('series.modality'),
    started: date('started'),
    encounter: reference('encounter'),
  },
  Immunization: {
    ...ofPatient,
    status: token('status'),
    'vaccine-code': token('vaccineCode'),
    date: date('occurrenceDateTime'),
    performer: reference('performer.actor'),
    location: reference('location'),
  },
  Location: { ...named, status: token('status') },
  Medication: { ...identified, status: token('status'), code: token('code') },
  MedicationRequest: {
    ...ofSubject,
    status: token('status'),
    intent: token('intent'),
    code: token('medicationCodeableConcept'),
    category: token('category'),
    medication: reference('medicationReference'),
    authoredon: date('authoredOn'),
    encounter: reference('encounter'),
    requester: reference('requester'),
  },
  Observation: {
    ...ofSubject,
    code: token('code'),
    category: token('category'),
    status: token('status'),
    date: date('effectiveDateTime', 'effectivePeriod', 'effectiveInstant'),
    'component-code': token('component.code'),
    'value-concept': token('valueCodeableConcept'),
    encounter: reference('encounter'),
    performer: reference('performer'),
    specimen: reference('specimen'),
  },
  Organization: { ...named, type: token('type'), active: token('active'), partof: reference('partOf') },
  Patient: {
    ...identified,
    ...humanName,
    gender: token('gender'),
    birthdate: date('birthDate'),
    active: token('active'),
    telecom: token('telecom'),
    organization: reference('managingOrganization'),
  },
  Practitioner: { ...identified, ...humanName, active: token('active') },
  PractitionerRole: {
    ...identified,
    practitioner: reference('practitioner'),
    organization: reference('organization'),
    role: token('code'),
  },
  Procedure: {
    ...ofSubject,
    status: token('status'),
    code: token('code'),
    category: token('category'),
    date: date('performedDateTime', 'performedPeriod'),
    encounter: reference('encounter'),
    performer: reference('performer.actor'),
  },
  Schedule: { ...identified, actor: reference('actor'), date: date('planningHorizon') },
  ServiceRequest: {
    ...ofSubject,
    status: token('status'),
    intent: token('intent'),
    code: token('code'),
    category: token('category'),
    authored: date('authoredOn'),
    encounter: reference('encounter'),
    requester: reference('requester'),
  },
  Slot: { ...identified, status: token('status'), start: date('start'), schedule: reference('schedule') },
  Specimen: { ...ofSubject, type: token('type'), collected: date('collection.collectedDateTime') },
  Task: { ...identified, status: token('status'), patient: patientAt('for'), subject: reference('for') },
}

const NONE: Parameters = {}

export function parametersOf(type: string): Parameters {
  return Object.hasOwn(SEARCH_PARAMETERS, type) ? (SEARCH_PARAMETERS[type] ?? NONE) : NONE
}

export function parameterOf(type: string, name: string): SearchParameter | undefined {
  const parameters = parametersOf(type)
  return Object.hasOwn(parameters, name) ? parameters[name] : undefined
}
