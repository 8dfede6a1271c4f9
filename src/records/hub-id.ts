import { createHash } from 'node:crypto'

/** What an id of the hub names: a resource of one hospital about one person. */
export interface HubAddress {
  readonly institution: string
  readonly personId: string
  readonly local: LocalId
}

/** The logical id at the hospital; only its digest where it was too long to be carried; `own` is the person's Patient. */
export type LocalId =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'digest'; readonly digest: string }
  | { readonly kind: 'own' }

/*
 * R4 allows 64 characters of 64 kinds in an id. Ours are
 *
 *   form (1) | digits of the institution (7) | person (22) | logical id at the hospital (at most 34)
 *
 * so that two hospitals' equal ids never meet, and so that a read names its person: purpose, consent and relation are
 * decided before any hospital is asked. A UUID or an even number of hexadecimal digits is packed; an id that still does
 * not fit is carried as a digest and found among the person's own records.
 */
const PREFIX = 1 + 7 + 22
const MAX_LOCAL = 34
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const PACKED_HEX = /^(?:[0-9a-f]{2}){18,25}$/
const HUB_ID = /^([vuxho])([A-Za-z0-9.-]{7})([A-Za-z0-9.-]{22})([A-Za-z0-9.-]{0,34})$/
/** 25 bytes of SHA-256 fill the place that is left. */
const DIGEST_BYTES = 25

/** Makes ids for one person's records at one hospital. */
export function hubIdsFor(institution: string, personId: string): (localId: string) => string {
  const prefix = prefixOf(institution, personId)
  return (localId) => {
    if (UUID.test(localId)) return `u${prefix}${pack(Buffer.from(localId.replaceAll('-', ''), 'hex'))}`
    if (localId.length <= MAX_LOCAL) return `v${prefix}${localId}`
    if (PACKED_HEX.test(localId)) return `x${prefix}${pack(Buffer.from(localId, 'hex'))}`
    return `h${prefix}${digestOf(localId)}`
  }
}

/** The id under which the person's own Patient resource of a hospital is read. */
export function hubIdOfPatient(institution: string, personId: string): string {
  return `o${prefixOf(institution, personId)}`
}

/** Undefined for an id that the hub has not made. */
export function readHubId(id: string): HubAddress | undefined {
  const [, form = '', institution = '', person = '', local = ''] = HUB_ID.exec(id) ?? []
  if (form === '') return undefined
  const digits = unpack(institution).readUIntBE(0, 5)
  const hex = unpack(person).toString('hex')
  const personId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  const found: HubAddress = {
    institution: `H${String(digits).padStart(11, '0')}`,
    personId,
    local: readLocal(form, local),
  }
  // Only the one spelling that is given out: base64 has others for the same bytes.
  return spell(found) === id ? found : undefined
}

/** True where the logical id at a hospital is the one that the hub id names. */
export function isLocal(local: LocalId, id: string): boolean {
  if (local.kind === 'own') return false
  return local.kind === 'id' ? local.id === id : local.digest === digestOf(id)
}

function readLocal(form: string, text: string): LocalId {
  if (form === 'o') return { kind: 'own' }
  if (form === 'h') return { kind: 'digest', digest: text }
  if (form === 'v') return { kind: 'id', id: text }
  const hex = unpack(text).toString('hex')
  if (form === 'x') return { kind: 'id', id: hex }
  return {
    kind: 'id',
    id: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`,
  }
}

function spell({ institution, personId, local }: HubAddress): string | undefined {
  if (local.kind === 'own') return hubIdOfPatient(institution, personId)
  if (local.kind === 'digest') {
    return local.digest.length === MAX_LOCAL ? `h${prefixOf(institution, personId)}${local.digest}` : undefined
  }
  return local.id === '' ? undefined : hubIdsFor(institution, personId)(local.id)
}

function prefixOf(institution: string, personId: string): string {
  const digits = Buffer.alloc(5)
  digits.writeUIntBE(Number(institution.slice(1)), 0, 5)
  const prefix = pack(digits) + pack(Buffer.from(personId.replaceAll('-', ''), 'hex'))
  if (prefix.length !== PREFIX - 1) throw new TypeError('hub id: not an institution and a person')
  return prefix
}

const digestOf = (id: string): string => pack(createHash('sha256').update(id).digest().subarray(0, DIGEST_BYTES))

/** base64url without its underscore, which no FHIR id may have. */
const pack = (bytes: Buffer): string => bytes.toString('base64url').replaceAll('_', '.')
const unpack = (text: string): Buffer => Buffer.from(text.replaceAll('.', '_'), 'base64url')
