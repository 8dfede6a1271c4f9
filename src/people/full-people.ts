import { appendAudits } from '../audit/index.ts'
import type { Sex } from '../codes/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { personEvent } from './audit-person.ts'
import { readGroups } from './merged-store.ts'
import { openIdentifier, openName } from './seal-person.ts'
import { readIdentifiers, readPeople } from './store.ts'
import type { AskedBy, IdentifierType, PersonId, PersonIdentifier } from './types.ts'

/** A person in clear, for an answer whose form demands it. */
export interface FullPerson {
  readonly personId: PersonId
  readonly name: string
  readonly sex: Sex
  readonly birthDate: string
  /** The document by which the person is known first; undefined for one who has none. */
  readonly document: PersonIdentifier | undefined
}

/** The order in which documents name a person. */
const ORDER: readonly IdentifierType[] = ['resident-id', 'travel-permit', 'passport', 'other', 'social-security-card']

/**
 * Names and numbers in clear, by the ids that were asked for; a merged row shows as the person that it is part of. For callers
 * who treat or settle these people and must have them by law. One audit event a person is committed before anything is shown.
 */
export async function readFullPeople(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  personIds: readonly string[],
  ask: { readonly by: AskedBy; readonly action: string; readonly purpose: string },
): Promise<ReadonlyMap<string, FullPerson>> {
  if (personIds.length === 0) return new Map()
  const { db, keyring } = deps
  const groups = await readGroups(db, [...new Set(personIds)])
  const survivors = [
    ...new Set([...groups.values()].flatMap(([survivor]) => (survivor === undefined ? [] : [survivor]))),
  ]
  const rows = new Map((await readPeople(db, survivors)).map((row) => [row.personId, row]))
  const members = [...new Set([...groups.values()].flat())]
  const identifiers = Map.groupBy(await readIdentifiers(db, members), (one) => one.personId)
  const found = new Map<string, FullPerson>()
  for (const [asked, group] of groups) {
    const row = group[0] === undefined ? undefined : rows.get(group[0])
    if (row === undefined) continue
    const all = group.flatMap((member) => identifiers.get(member) ?? [])
    const document = ORDER.map((type) => all.find((one) => one.type === type)).find((one) => one !== undefined)
    found.set(asked, {
      personId: row.personId,
      name: openName(keyring, row),
      sex: row.sex,
      birthDate: row.birthDate,
      document: document && { type: document.type, value: openIdentifier(keyring, document) },
    })
  }
  const events = [...new Set([...found.values()].map((one) => one.personId))].map((personId) =>
    personEvent(ask.by, {
      action: ask.action,
      personId,
      purpose: ask.purpose,
      fieldsTouched: ['name', 'document', 'birthDate'],
    }),
  )
  await appendAudits(db, events, deps.clock)
  return found
}
