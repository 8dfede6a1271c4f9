import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'
import { MATCH_RULES, type MatchKey } from './match-keys.ts'
import type { MatchField, MatchPolicy } from './match-types.ts'
import { type PersonRow, readPeople } from './store.ts'
import type { PersonId } from './types.ts'

/** Writes match keys of people; a key that is there stays. Returns how many were new. */
export async function insertMatchKeys(
  tx: Tx,
  people: readonly { readonly personId: PersonId; readonly keys: readonly MatchKey[] }[],
): Promise<number> {
  if (people.length === 0) return 0
  const rows = people.flatMap(({ personId, keys }) => keys.map((key) => ({ ...key, personId })))
  const done = await sql`
    insert into people_match_key (person_id, kind, index_key_id, value)
    select * from unnest(
      ${rows.map((row) => row.personId)}::uuid[], ${rows.map((row) => row.kind)}::text[],
      ${rows.map((row) => row.indexKeyId)}::text[], ${rows.map((row) => row.value)}::bytea[])
    on conflict do nothing`.execute(tx)
  return Number(done.numAffectedRows ?? 0n)
}

/** Puts the keys of today's rules in the place of those of older ones. */
export async function replaceMatchKeys(
  tx: Tx,
  people: readonly { readonly personId: PersonId; readonly keys: readonly MatchKey[] }[],
): Promise<void> {
  const personIds = people.map((one) => one.personId)
  await tx.deleteFrom('people_match_key').where(sql<boolean>`person_id = any(${personIds}::uuid[])`).execute()
  await insertMatchKeys(tx, people)
  await tx
    .updateTable('people_person')
    .set({ match_rules: MATCH_RULES })
    .where(sql<boolean>`person_id = any(${personIds}::uuid[])`)
    .execute()
}

/** The next people whose keys were made under older rules, or not yet; not those that another process works on. */
export async function takePeopleWithoutKeys(tx: Tx, limit: number): Promise<readonly PersonRow[]> {
  const { rows } = await sql<{ personId: PersonId }>`
    select person_id as "personId" from people_person where match_rules < ${MATCH_RULES}
    order by match_rules limit ${limit} for no key update skip locked`.execute(tx)
  return await readPeople(
    tx,
    rows.map((row) => row.personId),
  )
}

/** Which index keys the match keys of people stand under, by person. */
export async function readKeyIds(
  db: Db,
  personIds: readonly PersonId[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const rows = await db
    .selectFrom('people_match_key')
    .select(['person_id as personId', 'index_key_id as indexKeyId'])
    .distinct()
    .where(sql<boolean>`person_id = any(${personIds}::uuid[])`)
    .execute()
  return new Map(
    [...Map.groupBy(rows, (row) => row.personId)].map(([id, all]) => [id, new Set(all.map((row) => row.indexKeyId))]),
  )
}

/** Removes keys under index keys that have left the ring, of people that stand under the active one. */
export async function deleteOldMatchKeys(
  db: Db,
  keys: { readonly active: string; readonly live: readonly string[] },
  limit: number,
): Promise<number> {
  const done = await sql`
    delete from people_match_key k using (
      select old.person_id, old.kind, old.index_key_id from people_match_key old
      join people_match_key twin on twin.person_id = old.person_id and twin.kind = old.kind
      where not (old.index_key_id = any(${[...keys.live]}::text[])) and twin.index_key_id = ${keys.active}
      limit ${limit}) gone
    where k.person_id = gone.person_id and k.kind = gone.kind and k.index_key_id = gone.index_key_id`.execute(db)
  return Number(done.numAffectedRows ?? 0n)
}

/** Somebody who is looked for, with the values to look under. */
export interface Seeker {
  readonly id: string
  readonly values: readonly Buffer[]
}

export interface Candidates {
  /** Who stands under one of the values, who stands under most of them first. */
  readonly personIds: readonly PersonId[]
  /** True where a value was left out, or the list was cut. */
  readonly incomplete: boolean
}

/**
 * Who stands under the values of each seeker, in one statement. Each value is looked up by its index, and left out where
 * more people stand under it than the policy lets: what is read is bounded, whatever the size of the table.
 */
export async function findByMatchKeys(
  db: Db,
  seekers: readonly Seeker[],
  policy: Pick<MatchPolicy, 'blockLimit' | 'maxCandidates'>,
): Promise<ReadonlyMap<string, Candidates>> {
  const pairs = seekers.flatMap(({ id, values }) => values.map((value) => ({ id, value })))
  if (pairs.length === 0) return new Map()
  const { rows } = await sql<{ seeker: string; people: PersonId[] | null; tooWide: boolean }>`
    with block as (
      select v.seeker, k.people, cardinality(k.people) > ${policy.blockLimit} as wide
      from unnest(${pairs.map((one) => one.id)}::text[], ${pairs.map((one) => one.value)}::bytea[]) v (seeker, value)
      cross join lateral (
        select array_agg(person_id) as people from (
          select person_id from people_match_key where value = v.value limit ${policy.blockLimit + 1}) found
      ) k where k.people is not null
    ), hit as (
      select seeker, id, count(*) as blocks, row_number() over (partition by seeker order by count(*) desc, id) as place
      from block, unnest(people) id where not wide group by seeker, id
    )
    select seeker, (select array_agg(h.id order by h.place) from hit h
                    where h.seeker = b.seeker and h.place <= ${policy.maxCandidates + 1}) as people,
      bool_or(wide) as "tooWide"
    from block b group by seeker`.execute(db)
  return new Map(
    rows.map(({ seeker, people, tooWide }) => [
      seeker,
      {
        personIds: (people ?? []).slice(0, policy.maxCandidates),
        incomplete: tooWide || (people ?? []).length > policy.maxCandidates,
      },
    ]),
  )
}

/** The figures in force on a day: the newest version that has begun. */
export async function readMatchPolicy(db: Db, day: string): Promise<MatchPolicy | undefined> {
  const { rows } = await sql<
    Omit<MatchPolicy, 'weights'> & { readonly weights: { f: MatchField; a: string; p: number }[] }
  >`
    select version, certain, probable, possible, block_limit as "blockLimit", max_candidates as "maxCandidates",
      (select coalesce(json_agg(json_build_object('f', field, 'a', agreement, 'p', points)), '[]')
       from people_match_weight w where w.version = p.version) as weights
    from people_match_policy p where from_date <= ${day} order by from_date desc limit 1`.execute(db)
  const [row] = rows
  if (row === undefined) return undefined
  return { ...row, weights: new Map(row.weights.map(({ f, a, p }) => [`${f} ${a}`, p])) }
}

/** Writes down that people are to be compared with the others. */
export async function noteToCompare(tx: Tx, personIds: readonly PersonId[], at: Date): Promise<void> {
  if (personIds.length === 0) return
  await tx
    .insertInto('people_to_compare')
    .values(personIds.map((id) => ({ person_id: id, noted_at: at })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Takes the next people to compare; the rows go with the transaction that found their candidates. */
export async function takeToCompare(tx: Tx, limit: number): Promise<readonly PersonId[]> {
  const { rows } = await sql<{ personId: PersonId }>`
    delete from people_to_compare where person_id in (
      select person_id from people_to_compare order by noted_at limit ${limit} for update skip locked)
    returning person_id as "personId"`.execute(tx)
  return rows.map((row) => row.personId)
}
