import { hash } from 'node:crypto'
import { isList, isObject } from '../fhir/index.ts'
import { isUuid } from '../kernel/ids.ts'
import { looksPersonal } from '../kernel/log.ts'
import type { IdentifierType } from '../people/index.ts'
import { EVENT_SYSTEM, type MessageFacts, type PatientNamed, type Rank } from './types.ts'

type Json = Readonly<Record<string, unknown>>

/** What is wrong with a message, by its place (FHIRPath). Values are not repeated. */
export interface Complaint {
  readonly pointer: string
  readonly detail: string
}

export interface ReadContext {
  /** FHIR identifier system -> our type, as the sender's registration has them. */
  readonly identifierSystems: ReadonlyMap<string, IdentifierType>
  /** Our own FHIR base. */
  readonly base: string
  /** The institution whose registered address this is. */
  institutionAt(endpoint: string): string | undefined
}

export const INSTITUTION_URI = 'urn:yimatong:institution:'
const PERSON_SYSTEM = 'urn:yimatong:person'
const PRIORITY_EXTENSION = 'urn:yimatong:fhir:priority'
const CODE = /^[HP][0-9]{11}$/
const FHIR_ID = /^[A-Za-z0-9.-]{1,64}$/
const EVENT = /^[\x21-\x7e]{1,200}$/
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/

/** Reads what the hub needs of a message bundle (R4 messaging); everything else stays as it was sent. */
export function readMessage(
  bundle: unknown,
  context: ReadContext,
): { readonly facts: MessageFacts } | { readonly complaints: readonly Complaint[] } {
  const complaints: Complaint[] = []
  const complain = (pointer: string, detail: string): undefined => void complaints.push({ pointer, detail })
  if (!isObject(bundle) || bundle['resourceType'] !== 'Bundle' || bundle['type'] !== 'message') {
    return { complaints: [{ pointer: 'Bundle.type', detail: 'a Bundle of type message is expected' }] }
  }
  const entries = isList(bundle['entry']) ? bundle['entry'].filter(isObject) : []
  const header = entries[0]?.['resource']
  if (!isObject(header) || header['resourceType'] !== 'MessageHeader') {
    return { complaints: [{ pointer: 'Bundle.entry[0].resource', detail: 'the first entry must be a MessageHeader' }] }
  }
  const at = 'Bundle.entry[0].resource'
  const messageId = readId(header['id'], `${at}.id`, complain)
  const bundleId = readId(bundle['id'], 'Bundle.id', complain)
  const event = eventOf(header)
  if (event === undefined) complain(`${at}.event[x]`, 'an event of up to 200 visible ASCII characters is needed')
  const sentAt = readInstant(bundle['timestamp'])
  if (sentAt === undefined)
    complain('Bundle.timestamp', 'the time of sending is needed: it says whether a repeat is known')
  const focus = objects(header['focus']).map((reference) => resolve(entries, reference))
  const patients = entries
    .map((entry) => entry['resource'])
    .filter((one) => isObject(one) && one['resourceType'] === 'Patient')
  if (patients.length > 1) complain('Bundle.entry', 'a message is about one patient')
  if (complaints.length > 0 || messageId === undefined || bundleId === undefined || !event || !sentAt) {
    return { complaints }
  }
  const sender = isObject(header['sender']) ? institutionOf(header['sender']) : undefined
  return {
    facts: {
      messageId,
      bundleId,
      event,
      sentAt,
      sender,
      rank: rankOf(header, focus),
      destinations: objects(header['destination']).map((one) => destinationOf(one, context)),
      patient: patientOf(patients[0] as Json | undefined, focus, context),
      focus: focus.map(({ type, id }) => ({ type, id })),
    },
  }
}

/** SHA-256 of what the bundle carries. Its own id and time are those of the transmission and may differ in a repeat. */
export function digestOf(bundle: Json): Buffer {
  return hash('sha256', JSON.stringify(bundle['entry']), 'buffer')
}

function readId(value: unknown, pointer: string, complain: (pointer: string, detail: string) => undefined) {
  if (typeof value !== 'string' || !FHIR_ID.test(value))
    return complain(pointer, 'an id of 1 to 64 characters is needed')
  // Ids stand in the log in clear: one that is an identity number would be kept there.
  if (looksPersonal(value)) return complain(pointer, 'looks like an identity or phone number; take a random id')
  return value
}

function eventOf(header: Json): string | undefined {
  const coding = header['eventCoding']
  let name: unknown = header['eventUri']
  if (isObject(coding)) {
    const { system, code } = coding
    name = system === EVENT_SYSTEM ? code : typeof system === 'string' ? `${system}|${String(code)}` : undefined
  }
  return typeof name === 'string' && EVENT.test(name) && !looksPersonal(name) ? name : undefined
}

function readInstant(value: unknown): Date | undefined {
  if (typeof value !== 'string' || value.length > 40 || !INSTANT.test(value)) return undefined
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : new Date(at)
}

/** R4 has no priority in the header; the thing that the message is about often has one. */
function rankOf(header: Json, focus: readonly Resolved[]): Rank | undefined {
  const said = objects(header['extension']).find((one) => one['url'] === PRIORITY_EXTENSION)?.['valueCode']
  const codes = [said, ...focus.map((one) => one.resource?.['priority'])]
  const ranks = codes.flatMap((code): Rank[] =>
    code === 'stat' || code === 'urgent' ? [0] : code === 'asap' ? [1] : code === 'routine' ? [2] : [],
  )
  return ranks.length === 0 ? undefined : (Math.min(...ranks) as Rank)
}

/** Only registered institutions are meant: an address in a message is never called, it can only name one of them. */
function destinationOf(destination: Json, context: ReadContext): string | undefined {
  const receiver = destination['receiver']
  const code = isObject(receiver) ? institutionOf(receiver) : undefined
  if (code !== undefined) return code
  const endpoint = destination['endpoint']
  if (typeof endpoint !== 'string') return undefined
  return codeIn(endpoint) ?? context.institutionAt(endpoint.replace(/\/(?:\$process-message)?$/, ''))
}

function institutionOf(reference: Json): string | undefined {
  const identifier = reference['identifier']
  const value = isObject(identifier) ? identifier['value'] : undefined
  if (typeof value === 'string' && CODE.test(value)) return value
  const literal = reference['reference']
  if (typeof literal !== 'string') return undefined
  return codeIn(literal) ?? codeIn(`${INSTITUTION_URI}${literal.replace(/^.*Organization\//, '')}`)
}

function codeIn(uri: string): string | undefined {
  const code = uri.startsWith(INSTITUTION_URI) ? uri.slice(INSTITUTION_URI.length) : ''
  return CODE.test(code) ? code : undefined
}

interface Resolved {
  readonly type: string
  readonly id: string | undefined
  readonly resource: Json | undefined
}

/** A focus is a resource of the bundle, or a reference to one that stays with the sender. */
function resolve(entries: readonly Json[], reference: Json): Resolved {
  const literal = typeof reference['reference'] === 'string' ? reference['reference'] : ''
  const [type = '', id] = literal.split('/').slice(-2)
  const entry = entries.find((one) => {
    const { fullUrl, resource } = one
    return (
      literal !== '' &&
      (fullUrl === literal || (isObject(resource) && resource['resourceType'] === type && resource['id'] === id))
    )
  })
  const resource = isObject(entry?.['resource']) ? entry['resource'] : undefined
  const own = resource?.['id']
  return {
    type:
      typeof resource?.['resourceType'] === 'string'
        ? resource['resourceType']
        : /^[A-Z][A-Za-z]{1,40}$/.test(type)
          ? type
          : '',
    id: typeof own === 'string' && FHIR_ID.test(own) ? own : id !== undefined && FHIR_ID.test(id) ? id : undefined,
    resource,
  }
}

function patientOf(
  patient: Json | undefined,
  focus: readonly Resolved[],
  context: ReadContext,
): PatientNamed | undefined {
  const subjects = focus.flatMap(({ resource }) => [resource?.['subject'], resource?.['patient'], resource?.['for']])
  const subject = subjects.find(isObject)
  const identifiers = [
    ...objects(patient?.['identifier']),
    ...(isObject(subject?.['identifier']) ? [subject['identifier']] : []),
  ]
  const literal = typeof subject?.['reference'] === 'string' ? subject['reference'] : undefined
  const known = identifiers.flatMap(({ system, value }) => {
    const type = typeof system === 'string' ? context.identifierSystems.get(system) : undefined
    return type === undefined || typeof value !== 'string' || value.length > 64 ? [] : [{ type, value }]
  })
  const personId =
    identifiers.find((one) => one['system'] === PERSON_SYSTEM)?.['value'] ??
    (literal?.startsWith(`${context.base}/Patient/`) === true ? literal.slice(context.base.length + 9) : undefined)
  const id = patient?.['id']
  const local = typeof id === 'string' ? `Patient/${id}` : literal
  if (known.length === 0 && personId === undefined && local === undefined) return undefined
  return {
    personId: typeof personId === 'string' && isUuid(personId) ? personId : undefined,
    identifiers: known,
    local,
  }
}

const objects = (value: unknown): readonly Json[] => (isList(value) ? value.filter(isObject) : [])
