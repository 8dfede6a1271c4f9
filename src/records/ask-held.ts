import type { AccessDecision } from '../consent/index.ts'
import type { Resource } from '../fhir/index.ts'
import { type HeldType, searchHeld } from '../labs/index.ts'
import { toBytes } from './bytes-text.ts'
import { inOrder, type Order, timeOf } from './order.ts'
import type { RecordsQuestion } from './question.ts'
import type { RecordsDeps } from './records-deps.ts'
import { scanResource } from './scan-searchset.ts'
import type { SourcePosition } from './search-hospital.ts'
import type { Found, SourceResult } from './types.ts'

/** What `searchHeld` understands; an `_include` is followed here. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  '_id',
  '_include',
  '_lastUpdated',
  'identifier',
  'code',
  'category',
  'date',
  'status',
])
/** More results of one person are not opened for one search. */
const MAX_HELD = 1_000

const isHeldType = (type: string): type is HeldType => ['DiagnosticReport', 'Observation', 'Specimen'].includes(type)

/**
 * Results of hospitals without a FHIR server, which the hub holds for them (`labs`): each such hospital is a source like
 * any other, without HTTP. One that has a server of its own speaks for itself.
 */
export async function askHeld(
  deps: RecordsDeps,
  question: RecordsQuestion,
  decision: AccessDecision,
  order: Order,
): Promise<readonly SourceResult[]> {
  const { type, personId, institution, positions, form } = question
  if (!isHeldType(type)) return []
  if (institution !== undefined && isConnected(deps, institution)) return []
  const began = performance.now()
  const { _include: _paths, ...filter } = form
  const unknown = Object.keys(filter).find((name) => !UNDERSTOOD.has(name))
  const held = await searchHeld(deps, {
    personId,
    type,
    form: unknown === undefined ? filter : {},
    count: MAX_HELD,
    institution,
  })
  const bySource = Map.groupBy(held, (one) => one.institution)
  const results: SourceResult[] = []
  for (const [source, ofSource] of bySource) {
    if (isConnected(deps, source)) continue
    if (positions !== undefined && !positions.some((one) => one.institution === source)) continue
    const base = { source, elapsedMs: Math.round(performance.now() - began), included: [], total: 0 }
    if (decision.deniedSources.has(source)) {
      const issue = { code: 'suppressed', text: 'Closed by decision of the person.' } as const
      results.push({ ...base, state: 'denied', found: [], issue })
    } else if (unknown !== undefined) {
      const issue = { code: 'not-supported', text: 'Held results are not searched by one of the parameters.' } as const
      results.push({ ...base, state: 'skipped', found: [], issue })
    } else {
      const resources = ofSource.map((one) => one.resource)
      results.push({ ...base, ...(await pageOf(deps, question, order, source, resources)), state: 'ok' })
    }
  }
  return results
}

const isConnected = ({ exchange }: RecordsDeps, institution: string): boolean =>
  exchange.get(institution)?.hospital.enabled === true

/** One page of what is held; places in it are told like those of a hospital's pages. */
async function pageOf(
  deps: RecordsDeps,
  question: RecordsQuestion,
  order: Order,
  source: string,
  resources: readonly Resource[],
) {
  const position = question.positions?.find((one) => one.institution === source)
  const whole = inOrder(
    resources.map((resource) => foundOf(question.personId, source, resource, order)),
    order,
  )
  const from = position === undefined ? 0 : placeOf(position, whole)
  const found = whole.slice(from, from + Math.max(question.count, 1))
  const end = from + found.length
  return {
    found,
    pages: [
      { link: linkTo(from, whole), next: end < whole.length ? linkTo(end, whole) : undefined, skipped: 0, found },
    ],
    included: await includedWith(deps, question, source, found, order),
    total: whole.length,
  }
}

/** A place among what is held: behind a result, and how many stood before. */
const linkTo = (at: number, whole: readonly Found[]): string | undefined =>
  at === 0 ? undefined : `#${at} ${whole[at - 1]?.resource.id ?? ''}`

/** Behind the last result that was given out, wherever new ones have moved it; as far as before where it is gone. */
function placeOf({ link = '#0', taken, last }: SourcePosition, whole: readonly Found[]): number {
  const [before = '', named] = link.slice(1).split(' ')
  const at = whole.findIndex((one) => one.resource.id === (last ?? named))
  return at < 0 ? Number(before) + taken : at + 1
}

async function includedWith(
  deps: RecordsDeps,
  { personId, includes = [] }: RecordsQuestion,
  institution: string,
  found: readonly Found[],
  order: Order,
): Promise<readonly Found[]> {
  const wanted = found.flatMap(({ text, place }) => place.addresses.map(([from, to]) => text.slice(from + 1, to - 1)))
  const lists = await Promise.all(
    includes.filter(isHeldType).map(async (type) => {
      const ids = wanted.flatMap((one) => (one.startsWith(`${type}/`) ? [one.slice(type.length + 1)] : []))
      if (ids.length === 0) return []
      return await searchHeld(deps, { personId, type, form: { _id: ids }, count: ids.length, institution })
    }),
  )
  return lists.flat().map((one) => foundOf(personId, institution, one.resource, order))
}

function foundOf(personId: string, institution: string, resource: Resource, order: Order): Found {
  const text = toBytes(JSON.stringify(resource))
  // No address leads there: it only keeps what cannot be read here apart from what others call the same.
  const baseUrl = `urn:yimatong:held:${institution}`
  return {
    source: institution,
    fullUrl: `${baseUrl}/${resource.resourceType}/${resource.id ?? ''}`,
    resource,
    origin: { institution, baseUrl, personId, patientId: personId },
    text,
    place: scanResource(text),
    time: timeOf(resource, order),
  }
}
