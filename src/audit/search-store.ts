import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../kernel/db.ts'
import { INTERACTIONS } from './interactions.ts'
import type { AuditQuestion, EntityKind } from './read-search.ts'
import { EVENT_COLUMNS, type EventRow } from './store.ts'

/** Whose events somebody may see: those of an institution, or of all institutions of a city. */
export type Viewer = { readonly institution: string } | { readonly city: string }

/** Where a page begins: behind this event, in the order of the newest first. */
export interface Place {
  readonly at: Date
  readonly eventNo: bigint
}

type Condition = RawBuilder<boolean>

const OTHER = sql<string>`audit_other_institution(e.action, e.target_type, e.target_id, e.on_behalf_of)`
/** As the indexes are built; without it they would not be used. */
const INDEXED: Condition = sql`(e.action <> 'cards.verify' or e.result <> 'allowed')`

/** What was done by the viewer's institutions, and what was done with their data. */
function sidesOf(viewer: Viewer): { readonly own: Condition; readonly other: Condition } {
  if ('institution' in viewer) {
    return { own: sql`e.actor_org = ${viewer.institution}`, other: sql`${OTHER} = ${viewer.institution}` }
  }
  // A national code has the division behind its letter; its first four digits are the city.
  const city = viewer.city.slice(0, 4)
  return {
    own: sql`(substr(e.actor_org, 2, 4) = ${city} and e.actor_org ~ '^[HP][0-9]{11}$')`,
    other: sql`(substr(${OTHER}, 2, 4) = ${city} and ${OTHER} is not null)`,
  }
}

/**
 * Events that answer the question and that the viewer may see, the newest first. Of a person: one range of the person's
 * index. Without one: one range of each side's index, merged.
 */
export async function searchEvents(
  db: Db,
  viewer: Viewer,
  question: AuditQuestion & { readonly personIds: readonly string[] },
  page: { readonly after: Place | undefined; readonly limit: number },
): Promise<readonly EventRow[]> {
  const { own, other } = sidesOf(viewer)
  const asked = conditionsOf(question, page.after)
  const branch = (...more: Condition[]) => sql`
    select ${columns} from audit_event e where ${sql.join([...more, ...asked], sql` and `)}
    order by e.at desc, e.event_no desc limit ${page.limit}`
  const query =
    question.personIds.length > 0
      ? branch(sql`e.person_ref = any(${question.personIds}::uuid[])`, sql`(${own} or ${other})`)
      : sql`
        select * from (
          (${branch(own, INDEXED)}) union all (${branch(other, sql`not coalesce(${own}, false)`)})
        ) as side
        order by at desc, "eventNo" desc limit ${page.limit}`
  const { rows } = await sql<EventRow>`${query}`.execute(db)
  return rows
}

/** One event, where the viewer may see it. */
export async function readEvent(db: Db, viewer: Viewer, eventNo: bigint): Promise<EventRow | undefined> {
  const { own, other } = sidesOf(viewer)
  const { rows } = await sql<EventRow>`
    select ${columns} from audit_event e where e.event_no = ${eventNo} and (${own} or ${other})`.execute(db)
  return rows[0]
}

const columns = sql.join(
  EVENT_COLUMNS.map((column) => {
    const [name = '', alias] = column.split(' as ')
    return alias === undefined ? sql.ref(name) : sql`${sql.ref(name)} as ${sql.id(alias)}`
  }),
)

function conditionsOf(question: AuditQuestion, after: Place | undefined): readonly Condition[] {
  const { span, actions, results, agent, entities } = question
  const conditions: (Condition | undefined)[] = [
    Number.isFinite(span.from) ? sql`e.at >= ${new Date(span.from)}` : undefined,
    Number.isFinite(span.until) ? sql`e.at < ${new Date(span.until)}` : undefined,
    after && sql`(e.at, e.event_no) < (${after.at}, ${after.eventNo})`,
    actions && sql`${ACTION} = any(${actions}::text[])`,
    results && sql`e.result = any(${results}::text[])`,
    agent && ofAgent(agent),
    entities &&
      sql`(${sql.join(
        entities.map((one) => ENTITIES[one]),
        sql` or `,
      )})`,
  ]
  return conditions.filter((one) => one !== undefined)
}

/** The FHIR action of an event, by the same table as in `interactionOf`. */
const ACTION = sql<string>`case ${sql.join(
  INTERACTIONS.map(({ pattern, refused, action }) =>
    refused === true
      ? sql`when e.result = 'refused' and e.action ~ ${pattern} then ${action}`
      : sql`when e.action ~ ${pattern} then ${action}`,
  ),
  sql` `,
)} end`

/** A denial of a person's data has neither the object nor the request among its entities (`entitiesOf`). */
const DENIED_DATA = sql`(e.result = 'refused' and e.action ~ ${INTERACTIONS[0]?.pattern ?? ''} and e.person_ref is not null)`
const ENTITIES: Readonly<Record<EntityKind, Condition>> = {
  person: sql`e.person_ref is not null`,
  object: sql`not ${DENIED_DATA}`,
  request: sql`(e.request_id is not null and not ${DENIED_DATA})`,
  consent: sql`e.consent_id is not null`,
  none: sql`false`,
}

function ofAgent({ kind, value }: NonNullable<AuditQuestion['agent']>): Condition {
  const client: Condition = sql`e.actor = ${value}`
  const organisation: Condition = sql`(e.actor_org = ${value} or ${OTHER} is not distinct from ${value})`
  if (kind === 'client') return client
  return kind === 'organisation' ? organisation : sql`(${client} or ${organisation})`
}
