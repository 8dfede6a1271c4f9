import { mask } from '../../codes/index.ts'
import { isObject } from '../../kernel/strict-json.ts'
import { refusal } from '../refusals.ts'
import type { ForeignContext, ForeignKind, ForeignRefusal } from '../types.ts'
import { type Resource, readBundle } from './bundle.ts'

/** What a card says. */
export interface ShcClaims {
  readonly iss: string
  /** Seconds since 1970, with fractions. */
  readonly nbf: number
  readonly exp: number | null
  /** Id by which the issuer revokes. */
  readonly rid: string | null
  readonly kind: ForeignKind
  readonly holder: { readonly maskedName: string; readonly birthYear?: string }
}

const HEALTH_CARD = 'https://smarthealth.cards#health-card'
const RID = /^[A-Za-z0-9_-]{1,24}$/

/** Above this a number of seconds is one of milliseconds: seconds reach it in the year 5138. */
const MILLISECONDS_FROM = 100_000_000_000

/** Reads the claims; undefined where a field is missing or of another kind. */
export function readShcPayload(payload: Readonly<Record<string, unknown>>): ShcClaims | undefined {
  const { iss, nbf, exp, vc } = payload
  if (typeof iss !== 'string' || !isTime(nbf) || (exp !== undefined && !isTime(exp)) || !isObject(vc)) return undefined
  const { type, rid, credentialSubject: subject } = vc
  if (!Array.isArray(type) || !type.includes(HEALTH_CARD)) return undefined
  if (rid !== undefined && (typeof rid !== 'string' || !RID.test(rid))) return undefined
  const resources = isObject(subject) ? readBundle(subject['fhirBundle']) : undefined
  const holder = resources && readHolder(resources)
  if (resources === undefined || holder === undefined) return undefined
  const end = exp === undefined ? null : inSeconds(exp)
  if (end !== null && end < nbf) return undefined
  return { iss, nbf, exp: end, rid: rid ?? null, kind: kindOf(type, resources), holder }
}

/** What the times of a card say about now. */
export function reasonsOfTime(claims: ShcClaims, { nowMs, clockSkewS }: ForeignContext): readonly ForeignRefusal[] {
  return [
    ...(claims.nbf > nowMs / 1000 + clockSkewS ? [refusal('not-yet-valid')] : []),
    ...(claims.exp !== null && claims.exp * 1000 <= nowMs ? [refusal('expired')] : []),
  ]
}

/** An end in milliseconds is a known fault of issuers. Read as what was meant it ends the card earlier, never later. */
const inSeconds = (time: number): number => (time >= MILLISECONDS_FROM ? time / 1000 : time)

const isTime = (value: unknown): value is number => typeof value === 'number' && value > 0 && value < 8.64e15

function kindOf(types: readonly unknown[], resources: readonly Resource[]): ForeignKind {
  const holds = (...names: readonly string[]) => resources.some((one) => names.includes(String(one['resourceType'])))
  if (types.includes('https://smarthealth.cards#immunization') || holds('Immunization')) return 'immunization'
  if (types.includes('https://smarthealth.cards#laboratory') || holds('Observation', 'DiagnosticReport')) return 'lab'
  return 'record'
}

/** A card is about one person, or it says nothing about whoever shows it. */
function readHolder(resources: readonly Resource[]): ShcClaims['holder'] | undefined {
  const [patient, ...others] = resources.filter((one) => one['resourceType'] === 'Patient')
  const names = patient?.['name']
  const name: unknown = Array.isArray(names) ? names[0] : undefined
  if (patient === undefined || others.length > 0 || !isObject(name)) return undefined
  const { family, given, text } = name
  const full = typeof family === 'string' ? family : typeof text === 'string' ? text : undefined
  const first: unknown = Array.isArray(given) ? given[0] : undefined
  if (full === undefined && typeof first !== 'string') return undefined
  const birth = patient['birthDate']
  const birthYear = typeof birth === 'string' ? /^\d{4}(?=-|$)/.exec(birth)?.[0] : undefined
  const maskedName = [full, typeof first === 'string' ? first : undefined]
    .filter((part) => part !== undefined)
    .map((part) => mask.name(part))
    .join(' ')
  return birthYear === undefined ? { maskedName } : { maskedName, birthYear }
}
