import { mask } from '../../codes/index.ts'
import { type CborMap, isCborMap, untag } from '../../kernel/cbor.ts'

export type DccKind = 'vaccination' | 'test' | 'recovery'

/** What a health certificate says; its medical content is for those who apply rules to it. */
export interface DccContent {
  readonly kind: DccKind
  readonly holder: { readonly maskedName: string; readonly birthYear?: string }
}

type FieldType = 'text' | 'count' | 'date'

/** Fields that every kind of entry has: disease, country, issuer, id of the certificate. */
const COMMON = { tg: 'text', co: 'text', is: 'text', ci: 'text' } as const

interface EntryForm {
  readonly kind: DccKind
  readonly fields: Readonly<Record<string, FieldType>>
}

/** Fields that the schema of the EU DCC (1.0 to 1.3) asks of each kind of entry. */
const ENTRIES: Readonly<Record<string, EntryForm>> = {
  v: {
    kind: 'vaccination',
    fields: { ...COMMON, vp: 'text', mp: 'text', ma: 'text', dn: 'count', sd: 'count', dt: 'date' },
  },
  t: { kind: 'test', fields: { ...COMMON, tt: 'text', sc: 'date', tr: 'text' } },
  r: { kind: 'recovery', fields: { ...COMMON, fr: 'date', df: 'date', du: 'date' } },
}

/** Longest text of a field in the schema is 100; some issuers' are longer. */
const MAX_TEXT = 250
const VERSION = /^\d+\.\d+\.\d+$/
/** Parts of a birth date may be unknown; some issuers write a time behind dates. */
const BIRTH = /^(?:(\d{4})(?:-\d{2}(?:-\d{2}(?:T.{0,30})?)?)?)?$/
const DATE = /^\d{4}-\d{2}-\d{2}(?:T.{0,30})?$/

/** Reads the certificate of a claim -260; undefined where it does not have the schema's form. */
export function readCertificate(value: unknown): DccContent | undefined {
  if (!isCborMap(value)) return undefined
  const birth = value.get('dob')
  const birthMatch = typeof birth === 'string' ? BIRTH.exec(birth) : null
  const maskedName = readName(value.get('nam'))
  const version = value.get('ver')
  if (typeof version !== 'string' || !VERSION.test(version) || birthMatch === null || maskedName === undefined) {
    return undefined
  }
  const kind = readEntry(value)
  const birthYear = birthMatch[1]
  if (kind === undefined) return undefined
  return { kind, holder: birthYear === undefined ? { maskedName } : { maskedName, birthYear } }
}

/** Exactly one kind with exactly one entry. */
function readEntry(certificate: CborMap): DccKind | undefined {
  const present = Object.keys(ENTRIES).filter((name) => certificate.has(name))
  const [name = ''] = present
  const entries = certificate.get(name)
  const form = ENTRIES[name]
  if (present.length !== 1 || form === undefined || !Array.isArray(entries) || entries.length !== 1) return undefined
  const entry: unknown = entries[0]
  const whole = isCborMap(entry) && Object.entries(form.fields).every(([field, type]) => isOf(type, entry.get(field)))
  return whole ? form.kind : undefined
}

/** A text may be empty: issuers write so what they do not say. */
function isOf(type: FieldType, value: unknown): boolean {
  if (type === 'count') return Number.isSafeInteger(value) && (value as number) >= 0
  // Some issuers tag dates as such (RFC 8949 §3.4.1).
  const text = type === 'date' ? (untag(value, 0)?.contents ?? value) : value
  return typeof text === 'string' && text.length <= MAX_TEXT && (type === 'text' || DATE.test(text))
}

/** The name as written, or else in the form of machine-readable travel documents, where `<` stands for a space. */
function readName(value: unknown): string | undefined {
  if (!isCborMap(value)) return undefined
  const read = (own: string, standard: string): string | undefined => {
    const text = value.get(own) ?? value.get(standard)
    return typeof text === 'string' && text.length <= MAX_TEXT ? text.replaceAll('<', ' ').trim() : undefined
  }
  const names = [read('fn', 'fnt'), read('gn', 'gnt')].filter((name) => name !== undefined && name !== '')
  return names.length === 0 ? undefined : names.map((name) => mask.name(name ?? '')).join(' ')
}
