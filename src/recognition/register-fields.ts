import { parseFen } from '../kernel/money.ts'
import { isDate } from '../kernel/time.ts'
import { DETAILS, ORGANISERS, POLICIES } from './types.ts'

/** What a field takes: from JSON its own type, from CSV text. A list is separated by blanks or bars in CSV. */
export interface Field {
  /** Taken where the row leaves the field out; undefined: it must be there. */
  readonly fallback?: unknown
  readonly optional?: true
  /** The value, or undefined where it is none. */
  readonly read: (value: unknown) => unknown
  readonly expects: string
}

const text = (most: number, pattern?: RegExp): Field => ({
  expects: pattern === undefined ? `a text of at most ${most} characters` : `a text that fits ${pattern.source}`,
  read: (value) =>
    typeof value === 'string' && value.trim() !== '' && value.length <= most && (pattern?.test(value) ?? true)
      ? value.trim()
      : undefined,
})

const whole = (least: number, most: number): Field => ({
  expects: `a whole number from ${least} to ${most}`,
  read: (value) => {
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
    return typeof number === 'number' && Number.isSafeInteger(number) && number >= least && number <= most
      ? number
      : undefined
  },
})

const flag: Field = {
  expects: 'true or false',
  read: (value) =>
    value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined,
}

const day: Field = {
  expects: 'a day as YYYY-MM-DD',
  read: (value) => (typeof value === 'string' && isDate(value) ? value : undefined),
}

const oneOf = (choices: readonly string[]): Field => ({
  expects: `one of ${choices.join(', ')}`,
  read: (value) => (choices.some((one) => one === value) ? value : undefined),
})

const list = (pattern: RegExp, most: number): Field => ({
  expects: `a list of 1 to ${most} codes that fit ${pattern.source}`,
  read: (value) => {
    const parts = typeof value === 'string' ? value.split(/[\s|]+/).filter((one) => one !== '') : value
    if (!Array.isArray(parts) || parts.length === 0 || parts.length > most) return undefined
    return parts.every((one) => typeof one === 'string' && pattern.test(one)) ? [...new Set(parts)] : undefined
  },
})

const money: Field = {
  expects: 'an amount such as 12.00',
  read: (value) => {
    if (typeof value !== 'string' || !/^\d{1,9}(\.\d{1,2})?$/.test(value)) return undefined
    return parseFen(value)
  },
}

/** Left out, or empty in CSV: null. */
const optional = (field: Field): Field => ({ ...field, optional: true, fallback: null })
const or = (field: Field, fallback: unknown): Field => ({ ...field, fallback })

const CODE = /^[A-Z0-9-]{1,24}$/
const DIVISION = /^(CN|[1-9][0-9]{5})$/
const INSTITUTION = /^H[0-9]{11}$/
const itemCode = text(24, CODE)
const institution = text(12, INSTITUTION)
const scope = list(DIVISION, 400)
const version = whole(1, 100_000)
const period = { from: day, to: optional(day) }
const evidence = { source: text(300), verified: or(flag, false) }

/** Fields of the rows of each kind: what an import may hold and nothing else. */
export const REGISTER_FIELDS = {
  items: {
    code: itemCode,
    version,
    name: text(100),
    nameEn: text(100),
    kind: oneOf(['laboratory', 'imaging']),
    loinc: or(list(/^[0-9]{1,7}-[0-9]$/, 20), []),
    specimen: optional(text(20, /^[A-Z0-9.]{1,20}$/)),
    ucum: optional(text(40, /^[\x21-\x7e]+$/)),
    validityDays: whole(0, 3650),
    fastDays: optional(whole(0, 3650)),
    eqaMaxMonths: optional(whole(1, 240)),
    negative: or(flag, false),
    scope: or(scope, ['CN']),
    basis: text(300),
    ...evidence,
    ...period,
  },
  scopes: { label: text(40), version, divisions: scope, ...evidence, ...period },
  panels: { code: itemCode, version, name: text(100), members: list(CODE, 100), ...evidence, ...period },
  negatives: { item: itemCode, version, scope: or(scope, ['CN']), basis: text(300), ...evidence, ...period },
  reasons: {
    code: text(2, /^[0-9]{2}$/),
    version,
    zh: text(100),
    en: text(200),
    countable: flag,
    detail: oneOf(DETAILS),
    detailMin: whole(0, 500),
    informedImpossible: or(flag, false),
    ...evidence,
    ...period,
  },
  policies: { name: oneOf(POLICIES), version, value: whole(0, 100_000), ...evidence, ...period },
  marks: {
    institution,
    item: itemCode,
    version,
    label: text(40),
    // Left out: what the label reaches on the mark's first day.
    scope: optional(scope),
    basis: text(300),
    ...evidence,
    ...period,
  },
  eqa: {
    institution,
    item: itemCode,
    round: text(60),
    organiser: oneOf(ORGANISERS),
    passed: flag,
    publishedOn: day,
  },
  evaluations: { institution, organiser: oneOf(ORGANISERS), ...period },
  prices: { institution, item: itemCode, version, priceFen: money, source: text(300), ...period },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Field>>>>

export type RegisterKind = keyof typeof REGISTER_FIELDS
export const REGISTER_KINDS = Object.keys(REGISTER_FIELDS) as RegisterKind[]

/** What tells rows of a kind apart. */
export const REGISTER_KEYS: Readonly<Record<RegisterKind, readonly string[]>> = {
  items: ['code', 'version'],
  scopes: ['label', 'version'],
  panels: ['code', 'version'],
  negatives: ['item', 'version'],
  reasons: ['code', 'version'],
  policies: ['name', 'version'],
  marks: ['institution', 'item', 'version'],
  eqa: ['institution', 'item', 'round'],
  evaluations: ['institution', 'from'],
  prices: ['institution', 'item', 'version'],
}
