import type { Resource } from '../fhir/index.ts'
import { spanOfDate } from '../kernel/date-span.ts'
import type { Db } from '../kernel/db.ts'
import { idsOfPerson } from '../people/index.ts'
import type { LabsDeps } from './caller.ts'
import { openBody } from './seal.ts'
import { readHolders, readReportsOf } from './store.ts'

/** Types of resources that are held. */
export type HeldType = 'DiagnosticReport' | 'Observation' | 'Specimen'

/** Search parameters, each with all its values as in a FHIR search: alternatives stand in one, by comma; ids of `_id` one each. */
export type HeldForm = Readonly<Record<string, readonly string[] | undefined>>

export interface HeldQuestion {
  readonly personId: string
  readonly type: HeldType
  readonly form: HeldForm
  readonly count: number
  readonly institution?: string | undefined
}

export interface Held {
  readonly institution: string
  readonly resource: Resource
}

/** More reports of one person are not opened for one search; the newest come first. */
const MAX_REPORTS = 2_000

/**
 * Held results of a person, newest test first. Parameters that are understood: `_id`, `_lastUpdated`, `identifier`,
 * `code`, `category`, `date`, `status`; others must be refused by who asks. What was entered in error is shown as such.
 */
export async function searchHeld(
  deps: Pick<LabsDeps, 'db' | 'keyring'>,
  question: HeldQuestion,
): Promise<readonly Held[]> {
  const { type, form, count, institution } = question
  const personIds = await idsOfPerson(deps.db, question.personId)
  const rows = await readReportsOf(deps.db, personIds, { institution, limit: MAX_REPORTS })
  const found: Held[] = []
  for (const row of rows) {
    for (const resource of openBody(deps.keyring, row.reportId, row.body)) {
      if (resource.resourceType !== type || !fits(resource, form)) continue
      found.push({ institution: row.institution, resource: forPerson(resource, question.personId) })
      if (found.length >= count) return found
    }
  }
  return found
}

/** Institutions of which results of the person are held. */
export async function holdersOf(db: Db, personId: string): Promise<readonly string[]> {
  return await readHolders(db, await idsOfPerson(db, personId))
}

/** Results that came under an id that was merged into another are told under the one that was asked for. */
function forPerson(resource: Resource, personId: string): Resource {
  return { ...resource, subject: { reference: `Patient/${personId}` } }
}

function fits(resource: Resource, form: HeldForm): boolean {
  return Object.entries(form).every(([name, values]) => {
    if (values === undefined || values.length === 0) return true
    if (name === '_id') return values.includes(resource.id ?? '')
    // A parameter that comes twice must fit twice (R4 search.html#combining), such as the two ends of a period.
    if (name === 'date') return values.every((value) => fitsDate(dateOf(resource), value))
    if (name === '_lastUpdated') return values.every((value) => fitsDate(metaOf(resource).lastUpdated, value))
    return values.every((value) => value.split(',').some((one) => fitsToken(resource, name, one)))
  })
}

const metaOf = (resource: Resource) => resource['meta'] as { readonly lastUpdated: string }

const dateOf = (resource: Resource): string | undefined =>
  (resource['effectiveDateTime'] ??
    (resource['collection'] as { readonly collectedDateTime?: string } | undefined)?.collectedDateTime) as
    | string
    | undefined

interface Coding {
  readonly system?: string
  readonly code?: string
}

function fitsToken(resource: Resource, name: string, value: string): boolean {
  if (name === 'status') return resource['status'] === value
  if (name === 'identifier') {
    const identifiers = (resource['identifier'] ?? []) as readonly { system?: string; value?: string }[]
    return identifiers.some((one) => fitsPair(one.system, one.value, value))
  }
  if (name !== 'code' && name !== 'category') return false
  const concepts = (name === 'code' ? [resource['code']] : (resource['category'] ?? [])) as readonly {
    readonly coding?: readonly Coding[]
  }[]
  return concepts.some((one) => one?.coding?.some(({ system, code }) => fitsPair(system, code, value)) === true)
}

/** `system|code`, `|code`, `system|` or `code` (R4 search, token). */
function fitsPair(system: string | undefined, code: string | undefined, value: string): boolean {
  const bar = value.indexOf('|')
  if (bar === -1) return code === value
  const [wantedSystem, wantedCode] = [value.slice(0, bar), value.slice(bar + 1)]
  if (wantedSystem === '' ? system !== undefined : system !== wantedSystem) return false
  return wantedCode === '' || code === wantedCode
}

const PREFIXED = /^(eq|ne|gt|lt|ge|le|sa|eb)?(.*)$/

/** Both sides are spans of time: a day is all of it (R4 search, date). */
function fitsDate(stored: string | undefined, value: string): boolean {
  const [, prefix = 'eq', date = ''] = PREFIXED.exec(value) ?? []
  const [has, wanted] = [stored === undefined ? undefined : spanOfDate(stored), spanOfDate(date)]
  if (has === undefined || wanted === undefined) return false
  switch (prefix) {
    case 'ne':
      return has.from < wanted.from || has.until > wanted.until
    case 'gt':
      return has.until > wanted.until
    case 'sa':
      return has.from >= wanted.until
    case 'lt':
      return has.from < wanted.from
    case 'eb':
      return has.until <= wanted.from
    case 'ge':
      return has.until > wanted.from
    case 'le':
      return has.from < wanted.until
    default:
      return has.from >= wanted.from && has.until <= wanted.until
  }
}
