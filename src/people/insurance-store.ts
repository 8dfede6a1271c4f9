import { sql } from 'kysely'
import type { CityCode } from '../codes/index.ts'
import { type Db, PREPARED, type Tx } from '../kernel/db.ts'
import { plainArray } from '../kernel/pg-array.ts'
import type { HeldInsurance, InsuranceStatus, Insutype, PersonId, SpecialIdentity } from './types.ts'

interface InsuranceColumns {
  readonly insuredCity: string
  readonly insutype: string
  readonly psnType: string
  readonly from: string
  readonly to: string | null
  readonly status: string
  readonly cvlserv: boolean | null
  readonly pausedFrom: string | null
}

/** The state of an insurance `i` on a day, from its events: one look by index, for each row that is asked for. */
const stateOn = (date: string) => sql`
  left join lateral (
    select (array_agg(e.kind order by e.on_date desc, e.event_id desc)
              filter (where e.kind in ('suspend', 'resume')))[1] = 'suspend' as paused,
           (array_agg(e.on_date order by e.on_date desc, e.event_id desc)
              filter (where e.kind in ('suspend', 'resume')))[1] as since,
           (array_agg(e.kind order by e.on_date desc, e.event_id desc)
              filter (where e.kind in ('civil-servant', 'no-civil-servant')))[1] = 'civil-servant' as cvlserv
    from people_insurance_event e
    where e.person_id = i.person_id and e.insurance_from = i.from_date and e.on_date <= ${date}
  ) e on true`

const columnsOn = (date: string) => sql`
  i.insured_city as "insuredCity", i.insutype, i.psn_type as "psnType", i.from_date as "from", i.to_date as "to",
  case when i.to_date < ${date} then '4' when e.paused then '2' else '1' end as status,
  e.cvlserv, case when e.paused then e.since end as "pausedFrom"`

function toHeld(row: InsuranceColumns): HeldInsurance {
  return {
    insuredCity: row.insuredCity as CityCode,
    insutype: row.insutype as Insutype,
    psnType: row.psnType,
    from: row.from,
    to: row.to,
    status: row.status as InsuranceStatus,
    pausedFrom: row.pausedFrom,
    cvlservFlag: row.cvlserv === true ? '1' : '0',
  }
}

/**
 * The last insurance that had begun by a day, of each of many people, by the id that was asked for: a merged person's may
 * stand with any of its rows. With it the special identity that its city has noted. One statement, by indexes.
 */
export async function readInsurancesAt(
  db: Db,
  personIds: readonly string[],
  date: string,
): Promise<readonly (HeldInsurance & { readonly personId: PersonId; readonly psnIdetType: string | null })[]> {
  if (personIds.length === 0) return []
  // Of several identities one with a right to medical aid comes first: it is what changes an amount.
  const { rows } = await sql<InsuranceColumns & { personId: string; psnIdetType: string | null }>`${PREPARED}
    with asked as (
      select id, coalesce(m.survivor_id, id) as survivor
      from unnest(${plainArray([...new Set(personIds)])}::uuid[]) id left join people_merged m on m.person_id = id
    ), rows as (
      select id, survivor as person_id from asked
      union all
      select a.id, m.person_id from asked a join people_merged m on m.survivor_id = a.survivor
    ), latest as (
      select distinct on (r.id) r.id, i.*
      from rows r join people_insurance i on i.person_id = r.person_id
      where i.from_date <= ${date}
      order by r.id, i.from_date desc
    ), identities as (
      select r.id, t.city,
             coalesce(min(t.psn_idet_type) filter (where t.psn_idet_type like '23%'), min(t.psn_idet_type)) as type
      from rows r join people_identity t on t.person_id = r.person_id
      where t.from_date <= ${date} and (t.to_date is null or t.to_date >= ${date})
      group by r.id, t.city
    )
    select i.id as "personId", ${columnsOn(date)}, t.type as "psnIdetType"
    from latest i ${stateOn(date)}
    left join identities t on t.id = i.id and t.city = i.insured_city`.execute(db)
  return rows.map((row) => ({ ...toHeld(row), personId: row.personId as PersonId, psnIdetType: row.psnIdetType }))
}

/** All insurances of the rows of one person with their state on a day, the newest first. */
export async function readHeldInsurances(
  db: Db,
  group: readonly string[],
  date: string,
): Promise<readonly HeldInsurance[]> {
  const { rows } = await sql<InsuranceColumns>`
    select ${columnsOn(date)} from people_insurance i ${stateOn(date)}
    where i.person_id = any(${group}::uuid[]) order by i.from_date desc`.execute(db)
  return rows.map(toHeld)
}

/** All special identities of the rows of one person, in every city or in one; the newest first. */
export async function readIdentities(
  db: Db,
  group: readonly string[],
  city?: string,
): Promise<readonly SpecialIdentity[]> {
  let query = db
    .selectFrom('people_identity')
    .select([
      'identity_id as identityId',
      'city',
      'psn_idet_type as psnIdetType',
      'from_date as from',
      'to_date as to',
      'memo',
    ])
    .where(sql<boolean>`person_id = any(${group}::uuid[])`)
    .orderBy('from_date', 'desc')
  if (city !== undefined) query = query.where('city', '=', city)
  return (await query.execute()).map((row) => ({ ...row, city: row.city as CityCode }))
}

/** One insurance of a person, locked for a change: an insurance is named by its first day. */
export async function lockInsurance(
  tx: Tx,
  group: readonly string[],
  from: string,
): Promise<{ readonly personId: PersonId; readonly insuredCity: string; readonly to: string | null } | undefined> {
  const row = await tx
    .selectFrom('people_insurance')
    .select(['person_id as personId', 'insured_city as insuredCity', 'to_date as to'])
    .where(sql<boolean>`person_id = any(${group}::uuid[])`)
    .where('from_date', '=', from)
    .forUpdate()
    .executeTakeFirst()
  return row && { ...row, personId: row.personId as PersonId }
}

export type InsuranceEventKind =
  | 'end'
  | 'move'
  | 'suspend'
  | 'resume'
  | 'civil-servant'
  | 'no-civil-servant'
  | 'identity'
  | 'identity-end'

export interface InsuranceEvent {
  readonly eventId: string
  readonly kind: InsuranceEventKind
  readonly insuranceFrom: string | null
  readonly on: string
  readonly toCity: CityCode | null
  readonly identityId: string | null
  readonly reason: string
  readonly city: CityCode
  readonly at: Date
}

/** The last event of some kinds about an insurance. Call with it locked. */
export async function readLastEvent(
  tx: Tx,
  of: { readonly personId: string; readonly from: string; readonly kinds: readonly InsuranceEventKind[] },
): Promise<{ readonly kind: string; readonly on: string } | undefined> {
  return await tx
    .selectFrom('people_insurance_event')
    .select(['kind', 'on_date as on'])
    .where('person_id', '=', of.personId)
    .where('insurance_from', '=', of.from)
    .where('kind', 'in', [...of.kinds])
    .orderBy('on_date', 'desc')
    .orderBy('event_id', 'desc')
    .executeTakeFirst()
}

export async function insertInsuranceEvent(
  tx: Tx,
  event: InsuranceEvent & {
    readonly personId: string
    readonly byClient: string
    readonly requestId: string | undefined
  },
): Promise<void> {
  await tx
    .insertInto('people_insurance_event')
    .values({
      person_id: event.personId,
      insurance_from: event.insuranceFrom,
      event_id: event.eventId,
      kind: event.kind,
      on_date: event.on,
      to_city: event.toCity,
      identity_id: event.identityId,
      reason: event.reason,
      by_client: event.byClient,
      city: event.city,
      request_id: event.requestId ?? null,
      at: event.at,
    })
    .execute()
}

/** What a city did to insurances and identities of a person, in the order in which it did it. */
export async function readInsuranceEvents(
  db: Db,
  group: readonly string[],
  city: string,
): Promise<readonly InsuranceEvent[]> {
  const rows = await db
    .selectFrom('people_insurance_event')
    .select([
      'event_id as eventId',
      'kind',
      'insurance_from as insuranceFrom',
      'on_date as on',
      'to_city as toCity',
      'identity_id as identityId',
      'reason',
      'city',
      'at',
    ])
    .where(sql<boolean>`person_id = any(${group}::uuid[])`)
    .where('city', '=', city)
    .orderBy('event_id')
    .limit(MOST_EVENTS)
    .execute()
  return rows.map((row) => ({
    ...row,
    kind: row.kind as InsuranceEventKind,
    city: row.city as CityCode,
    toCity: row.toCity as CityCode | null,
  }))
}

/** More than a life with a change every month. */
const MOST_EVENTS = 1_000

export async function setLastDay(tx: Tx, personId: string, from: string, to: string): Promise<void> {
  await tx
    .updateTable('people_insurance')
    .set({ to_date: to })
    .where('person_id', '=', personId)
    .where('from_date', '=', from)
    .execute()
}

export async function insertIdentity(tx: Tx, row: SpecialIdentity & { readonly personId: string }): Promise<void> {
  await tx
    .insertInto('people_identity')
    .values({
      person_id: row.personId,
      identity_id: row.identityId,
      city: row.city,
      psn_idet_type: row.psnIdetType,
      from_date: row.from,
      to_date: row.to,
      memo: row.memo,
    })
    .execute()
}

/** An identity that a city has noted of one of the rows of a person, locked. */
export async function lockIdentity(
  tx: Tx,
  of: { readonly group: readonly string[]; readonly identityId: string; readonly city: string },
): Promise<(SpecialIdentity & { readonly personId: string }) | undefined> {
  const row = await tx
    .selectFrom('people_identity')
    .select([
      'person_id as personId',
      'identity_id as identityId',
      'city',
      'psn_idet_type as psnIdetType',
      'from_date as from',
      'to_date as to',
      'memo',
    ])
    .where(sql<boolean>`person_id = any(${of.group}::uuid[])`)
    .where('identity_id', '=', of.identityId)
    .where('city', '=', of.city)
    .forUpdate()
    .executeTakeFirst()
  return row && { ...row, city: row.city as CityCode }
}

export async function endIdentityRow(tx: Tx, personId: string, identityId: string, to: string): Promise<void> {
  await tx
    .updateTable('people_identity')
    .set({ to_date: to })
    .where('person_id', '=', personId)
    .where('identity_id', '=', identityId)
    .execute()
}
