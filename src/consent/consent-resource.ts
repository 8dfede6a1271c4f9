import type { CodeableConcept, Coding, Consent, ConsentProvision, ConsentProvisionActor } from 'fhir/r4.js'
import { isCityCode } from '../codes/index.ts'
import type { StoredConsent } from './consent-store.ts'
import { stateOf } from './present.ts'

const HL7 = 'http://terminology.hl7.org/CodeSystem'
/** The systems of this service; classes are C4, C5, C6, C8 and the special classes of policy. */
const DATA_CLASS = 'urn:yimatong:consent:data-class'
const SPECIAL_CLASS = 'urn:yimatong:consent:sensitive-class'
const INSTITUTION = 'urn:yimatong:institution'
/** GB/T 2260, by the national identifier of the code list. */
const DIVISION = 'urn:oid:2.16.156.10011.2.3.3.5'

/** Types that a class is about, for clients that read types. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  C4: ['Patient'],
  C5: ['Condition', 'DiagnosticReport', 'DocumentReference', 'Encounter', 'ImagingStudy', 'Observation', 'Procedure'],
  C8: ['Claim', 'ExplanationOfBenefit'],
}

/**
 * A person's decision as R4 Consent: one provision, for the recipients, the purpose and the classes. A refusal is a consent
 * in force whose provision denies; what was withdrawn or has ended is inactive.
 */
export function consentResource(one: StoredConsent, now: Date): Consent {
  const { withdrawal, validUntil, givenAt } = one
  return {
    resourceType: 'Consent',
    id: one.consentId,
    meta: { lastUpdated: (withdrawal?.withdrawnAt ?? givenAt).toISOString() },
    status: stateOf(one, now) === 'in-force' ? 'active' : 'inactive',
    scope: concept(`${HL7}/consentscope`, 'patient-privacy'),
    category: [concept('http://loinc.org', '59284-0'), concept(`${HL7}/v3-ActCode`, 'INFA')],
    patient: { reference: `Patient/${one.personId}` },
    dateTime: givenAt.toISOString(),
    organization: [{ identifier: { system: DIVISION, value: one.recordedCity } }],
    policy: [{ uri: `urn:yimatong:notice:${one.notice}:${one.noticeVersion}:${one.language}:${one.noticeHash}` }],
    verification: [
      {
        verified: true,
        ...(one.giverId === null ? {} : { verifiedWith: { reference: `Patient/${one.giverId}` } }),
        verificationDate: givenAt.toISOString(),
      },
    ],
    provision: provisionOf(one, validUntil),
  }
}

function provisionOf(one: StoredConsent, validUntil: Date | null): ConsentProvision {
  const end = one.withdrawal?.withdrawnAt ?? validUntil
  const labels: Coding[] = [
    ...one.dataClasses.map((code) => ({ system: DATA_CLASS, code })),
    ...one.sensitiveClasses.map((code) => ({ system: SPECIAL_CLASS, code })),
  ]
  const types = one.dataClasses.flatMap((name) => TYPES[name] ?? [])
  return {
    type: one.decision,
    period: { start: one.givenAt.toISOString(), ...(end === null ? {} : { end: end.toISOString() }) },
    actor: [...one.recipients.map((code) => actor('IRCP', code)), ...one.sources.map((code) => actor('CST', code))],
    action: [concept(`${HL7}/consentaction`, 'access')],
    securityLabel: labels,
    purpose: [{ system: `${HL7}/v3-ActReason`, code: one.purpose }],
    // R4 JSON has no empty arrays.
    ...(types.length > 0
      ? { class: types.map((code) => ({ system: 'http://hl7.org/fhir/resource-types', code })) }
      : {}),
  }
}

const concept = (system: string, code: string): CodeableConcept => ({ coding: [{ system, code }] })

/** IRCP receives, CST keeps the records that are spoken of. */
const actor = (role: 'IRCP' | 'CST', code: string): ConsentProvisionActor => ({
  role: concept(`${HL7}/v3-ParticipationType`, role),
  reference: { identifier: { system: isCityCode(code) ? DIVISION : INSTITUTION, value: code } },
})
