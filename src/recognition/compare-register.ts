import { canonicalJson, type JsonValue } from '../kernel/crypto/index.ts'
import type { FieldError } from '../kernel/errors.ts'
import type { RegisterDraft } from './read-register.ts'
import { REGISTER_KEYS, REGISTER_KINDS, type RegisterKind } from './register-fields.ts'
import type { RegisterRows } from './register-store.ts'

export interface RegisterChange {
  readonly kind: RegisterKind
  readonly key: string
  readonly change: 'new' | 'closed' | 'same'
}

export interface Comparison {
  readonly changes: readonly RegisterChange[]
  readonly errors: readonly FieldError[]
  /** What is to be written: the new rows, and those that get a last day. */
  readonly rows: Partial<RegisterRows>
}

type Row = Readonly<Record<string, unknown>>

/** Kinds of which two versions may not hold on one day; marks and the negative list may, in different areas. */
const ONE_AT_A_TIME: ReadonlySet<RegisterKind> = new Set(['items', 'scopes', 'panels', 'reasons', 'policies', 'prices'])

/**
 * What rows would change of what is there. A row that counted is never rewritten, only closed by its last day: decisions
 * name the version that they were taken with. Everything else is a new version.
 */
export function compareRegister(known: Partial<RegisterRows>, draft: RegisterDraft): Comparison {
  const errors: FieldError[] = []
  const changes: RegisterChange[] = []
  const rows: Record<string, unknown[]> = {}
  for (const kind of REGISTER_KINDS) {
    const given = withScopes(kind, known, draft, errors)
    if (given.length === 0) continue
    const before = new Map(((known[kind] ?? []) as unknown as readonly Row[]).map((row) => [keyOf(kind, row), row]))
    const seen = new Set<string>()
    given.forEach((row, index) => {
      const key = keyOf(kind, row)
      const pointer = `/${kind}/${index}`
      if (seen.has(key)) errors.push({ pointer, detail: 'has the key of a row before it' })
      seen.add(key)
      const there = before.get(key)
      if (there === undefined) {
        changes.push({ kind, key, change: 'new' })
      } else if (contentOf(there) !== contentOf(row)) {
        errors.push({ pointer, detail: 'says otherwise than the row that is there; send the next version' })
      } else if ((there['to'] ?? null) === (row['to'] ?? null)) {
        changes.push({ kind, key, change: 'same' })
        return
      } else if ((there['to'] ?? null) !== null) {
        errors.push({ pointer: `${pointer}/to`, detail: 'the row is closed already; send the next version' })
      } else {
        changes.push({ kind, key, change: 'closed' })
      }
      rows[kind] = [...(rows[kind] ?? []), row]
    })
    if (ONE_AT_A_TIME.has(kind)) errors.push(...overlaps(kind, [...before.values()], given))
  }
  errors.push(...unknownReferences(known, draft))
  return { changes, errors, rows: rows as Partial<RegisterRows> }
}

const keyOf = (kind: RegisterKind, row: Row): string => REGISTER_KEYS[kind].map((name) => String(row[name])).join(' ')

/** All that a row says but its last day. */
function contentOf(row: Row): string {
  const { to: _to, ...content } = row
  return canonicalJson(
    JSON.parse(
      JSON.stringify(content, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    ) as JsonValue,
  )
}

/** A mark without a scope of its own gets what its label reaches on its first day. */
function withScopes(
  kind: RegisterKind,
  known: Partial<RegisterRows>,
  draft: RegisterDraft,
  errors: FieldError[],
): readonly Row[] {
  if (kind !== 'marks') return (draft[kind] ?? []) as unknown as readonly Row[]
  const scopes = [...(known.scopes ?? []), ...(draft.scopes ?? [])]
  return (draft.marks ?? []).map((mark, index) => {
    if (mark.scope !== null) return mark as unknown as Row
    const scope = scopes.findLast(
      (one) => one.label === mark.label && one.from <= mark.from && (one.to === null || one.to >= mark.from),
    )
    if (scope === undefined) {
      errors.push({ pointer: `/marks/${index}/label`, detail: 'is no scope in force on the first day of the mark' })
    }
    return { ...mark, scope: scope?.divisions ?? [] } as unknown as Row
  })
}

/** Versions of one thing that share a day, with the given rows taking the place of those that are there. */
function overlaps(kind: RegisterKind, before: readonly Row[], given: readonly Row[]): readonly FieldError[] {
  const names = REGISTER_KEYS[kind].filter((name) => name !== 'version')
  const thing = (row: Row): string => names.map((name) => String(row[name])).join(' ')
  const replaced = new Set(given.map((row) => keyOf(kind, row)))
  const all = Map.groupBy([...before.filter((row) => !replaced.has(keyOf(kind, row))), ...given], thing)
  return given.flatMap((row, index) => {
    const [from, to] = [row['from'] as string, row['to'] as string | null]
    const others = (all.get(thing(row)) ?? []).filter((one) => one !== row)
    const shared = others.some((one) => {
      const [otherFrom, otherTo] = [one['from'] as string, one['to'] as string | null]
      return (to === null || otherFrom <= to) && (otherTo === null || from <= otherTo)
    })
    return shared ? [{ pointer: `/${kind}/${index}/from`, detail: 'shares a day with another version' }] : []
  })
}

/** Items that rows name and no catalogue has. */
function unknownReferences(known: Partial<RegisterRows>, draft: RegisterDraft): readonly FieldError[] {
  const items = new Set([...(known.items ?? []), ...(draft.items ?? [])].map((one) => one.code))
  const missing = (kind: RegisterKind, rows: readonly { readonly item: string }[] | undefined): FieldError[] =>
    (rows ?? []).flatMap(({ item }, index) =>
      items.has(item) ? [] : [{ pointer: `/${kind}/${index}/item`, detail: 'is in no catalogue' }],
    )
  return [
    ...missing('marks', draft.marks),
    ...missing('eqa', draft.eqa),
    ...missing('negatives', draft.negatives),
    ...missing('prices', draft.prices),
    ...(draft.panels ?? []).flatMap(({ members }, index) =>
      members.every((one) => items.has(one))
        ? []
        : [{ pointer: `/panels/${index}/members`, detail: 'names an item that is in no catalogue' }],
    ),
  ]
}
