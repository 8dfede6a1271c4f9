import type { AuditEvent, AuditEventAgent, AuditEventEntity, CodeableConcept, Reference } from 'fhir/r4.js'
import type { AuditRecord } from './event.ts'
import { type Interaction, interactionOf, OUTCOMES } from './interactions.ts'

const DCM = 'http://dicom.nema.org/resources/ontology/DCM'
const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType'
const ACT_REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason'
export const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type'
const OBJECT_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role'
export const REQUEST_ENTITY = {
  system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType',
  code: 'XrequestId',
} as const
export const CONSENT_ENTITY = { system: 'http://hl7.org/fhir/resource-types', code: 'Consent' } as const

/** Identifier systems of who acts here. */
export const AGENT_SYSTEMS = {
  client: 'urn:yimatong:client',
  institution: 'https://yimatong.example/fixmedins_code',
  organisation: 'urn:yimatong:organisation',
} as const
const INSTITUTION = /^[HP]\d{11}$/

/** Codes of HL7's v3 ActReason that stand for purposes as they are stored; others are told as text. */
const PURPOSES: Readonly<Record<string, string>> = {
  TREAT: 'TREAT',
  ETREAT: 'ETREAT',
  HPAYMT: 'HPAYMT',
  PUBHLTH: 'PUBHLTH',
  treatment: 'TREAT',
  'outpatient-visit': 'TREAT',
  settlement: 'HPAYMT',
}

/** An event of the log with its number, which is its id. */
export interface NumberedRecord {
  readonly eventNo: bigint
  readonly record: Omit<AuditRecord, 'seq'>
}

/**
 * An event as FHIR R4 in the form of BALP: the client and the server in the direction in which the data, or the
 * parameters of a query, flow; the organisation for which it was done; the patient, what was read or asked, and the id of
 * the request, by which the events of one fan-out belong together.
 */
export function toAuditEvent({ eventNo, record }: NumberedRecord, publicUrl: string): AuditEvent {
  const kind = interactionOf(record)
  const outcome = OUTCOMES[record.result]
  const why = record.reasonCodes.join(' ')
  return {
    resourceType: 'AuditEvent',
    id: String(eventNo),
    type: kind.type,
    subtype: [kind.name === 'access-denied' ? subtypeOfDenial(record, kind) : kind.subtype],
    action: kind.action,
    recorded: record.at,
    ...(outcome !== undefined && { outcome }),
    ...(why !== '' && { outcomeDesc: why }),
    purposeOfEvent: [purposeOf(record.purpose)],
    agent: agentsOf(record, kind, publicUrl),
    source: {
      site: publicUrl,
      observer: hub(publicUrl),
      type: [{ system: 'http://terminology.hl7.org/CodeSystem/security-source-type', code: '4' }],
    },
    entity: entitiesOf(record, kind),
  }
}

/** Without a person there was no consent to go by: the caller's role decided. */
function subtypeOfDenial(record: Omit<AuditRecord, 'seq'>, { subtype }: Interaction) {
  return record.personRef === undefined ? { ...subtype, code: 'AuthZ-Role' } : subtype
}

function agentsOf(record: Omit<AuditRecord, 'seq'>, kind: Interaction, publicUrl: string): AuditEventAgent[] {
  const caller = callerAgent(record)
  const server: AuditEventAgent = { who: hub(publicUrl), requestor: false, network: uri(publicUrl) }
  const user = userAgent(record, kind)
  if (kind.name === 'access-denied') {
    return [
      { ...caller, type: dcm('110150', 'Application') },
      user,
      {
        type: concept('http://terminology.hl7.org/CodeSystem/v3-RoleClass', 'PROV'),
        who: organisation(record.actorOrg),
        requestor: false,
      },
      {
        type: concept('http://terminology.hl7.org/CodeSystem/extra-security-role-type', 'authserver'),
        who: hub(publicUrl),
        requestor: false,
      },
    ]
  }
  const [from, to] = endsOf(record, kind, { caller, server })
  return [
    { ...from, type: dcm('110153', 'Source Role ID') },
    { ...to, type: dcm('110152', 'Destination Role ID') },
    user,
  ]
}

/** From where to where: what is read flows to the caller; a query's parameters, and what is written, flow from it. */
function endsOf(
  record: Omit<AuditRecord, 'seq'>,
  kind: Interaction,
  { caller, server }: { readonly caller: AuditEventAgent; readonly server: AuditEventAgent },
): readonly [AuditEventAgent, AuditEventAgent] {
  const other = otherInstitution(record)
  // Going out: the hub asks or sends in the name of the caller.
  if (other !== undefined) return [server, { who: organisation(other), requestor: false }]
  return kind.name === 'read' ? [server, caller] : [caller, server]
}

/** The institution that was asked or that was sent something; the same as `audit_other_institution` of the database. */
export function otherInstitution(record: Omit<AuditRecord, 'seq'>): string | undefined {
  if (record.targetType === 'hospital') return record.targetId
  return record.action === 'routing.deliver' ? record.onBehalfOf : undefined
}

function callerAgent({ actor, sourceAddress }: Omit<AuditRecord, 'seq'>): AuditEventAgent {
  return {
    who: { type: 'Device', identifier: { system: AGENT_SYSTEMS.client, value: actor } },
    requestor: false,
    ...(sourceAddress !== undefined && { network: { address: sourceAddress, type: '2' } }),
  }
}

/** For whom it was done: the log knows organisations, and where a person was named, that person's opaque id. */
function userAgent(record: Omit<AuditRecord, 'seq'>, kind: Interaction): AuditEventAgent {
  const { actorOrg, role, purpose, onBehalfOf } = record
  const named = otherInstitution(record) === onBehalfOf ? undefined : onBehalfOf
  return {
    type: concept(PARTICIPATION, kind.name === 'create' || kind.name === 'update' ? 'AUT' : 'IRCP'),
    who: organisation(actorOrg),
    ...(named !== undefined && { altId: named }),
    requestor: true,
    role: [{ coding: [{ system: 'urn:yimatong:role', code: role }] }],
    purposeOfUse: [purposeOf(purpose)],
  }
}

function entitiesOf(record: Omit<AuditRecord, 'seq'>, kind: Interaction): AuditEventEntity[] {
  const { personRef, consentId, requestId } = record
  const denied = kind.name === 'access-denied'
  const entities: AuditEventEntity[] = []
  if (personRef !== undefined) {
    entities.push({
      what: { reference: `Patient/${personRef}` },
      type: { system: ENTITY_TYPE, code: '1' },
      role: { system: OBJECT_ROLE, code: '1' },
    })
  }
  if (consentId !== undefined) entities.push({ what: { reference: `Consent/${consentId}` }, type: CONSENT_ENTITY })
  if (!denied || personRef === undefined)
    entities.push(kind.name === 'query' ? queryEntity(record) : dataEntity(record))
  // The profile of a decision on consent is closed to other entities.
  if (requestId !== undefined && !(denied && personRef !== undefined)) {
    entities.push({ what: { identifier: { value: requestId } }, type: REQUEST_ENTITY })
  }
  return entities
}

/**
 * The request as far as it is kept: the type and the patient. Values of other parameters can tell of an illness and do not
 * enter a log that nothing is ever taken out of.
 */
function queryEntity({ action, targetType, personRef }: Omit<AuditRecord, 'seq'>): AuditEventEntity {
  const query = `${targetType}${personRef === undefined ? '' : `?patient=${personRef}`}`
  return {
    type: { system: ENTITY_TYPE, code: '2' },
    role: { system: OBJECT_ROLE, code: '24' },
    description: `${action} ${query}`,
    query: Buffer.from(query).toString('base64'),
  }
}

function dataEntity({ action, targetType, targetId, fieldsTouched }: Omit<AuditRecord, 'seq'>): AuditEventEntity {
  return {
    what: {
      // Of a type of FHIR or of ours; R4 lets a reference name any type by its URI.
      type: /^[A-Z]/.test(targetType) ? targetType : `urn:yimatong:type:${targetType}`,
      ...(targetId === undefined ? { display: targetType } : { identifier: { value: targetId } }),
    },
    type: { system: ENTITY_TYPE, code: '2' },
    role: { system: OBJECT_ROLE, code: '4' },
    description: action,
    ...(fieldsTouched.length > 0 && { detail: [{ type: 'fields', valueString: fieldsTouched.join(' ') }] }),
  }
}

function organisation(code: string): Reference {
  const system = INSTITUTION.test(code) ? AGENT_SYSTEMS.institution : AGENT_SYSTEMS.organisation
  return { type: 'Organization', identifier: { system, value: code } }
}

const hub = (publicUrl: string): Reference => ({
  type: 'Device',
  identifier: { system: 'urn:ietf:rfc:3986', value: publicUrl },
})
const uri = (address: string) => ({ address, type: '5' as const })
const concept = (system: string, code: string): CodeableConcept => ({ coding: [{ system, code }] })
const dcm = (code: string, display: string): CodeableConcept => ({ coding: [{ system: DCM, code, display }] })

function purposeOf(purpose: string): CodeableConcept {
  const code = PURPOSES[purpose]
  return code === undefined ? { text: purpose } : { coding: [{ system: ACT_REASON, code }] }
}
