import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'
import type { Ties } from './concerned.ts'
import type { FieldScore, MatchGrade } from './match-types.ts'
import type { PersonId } from './types.ts'

export type PairState = 'open' | 'merged' | 'rejected'

/** Two rows that may be one person; the smaller id first. */
export interface Pair {
  readonly pairId: string
  readonly lowId: PersonId
  readonly highId: PersonId
  readonly points: number
  readonly grade: MatchGrade
  readonly fields: readonly FieldScore[]
  readonly policyVersion: number
  readonly orgs: readonly string[]
  readonly foundAt: Date
}

export interface StoredPair extends Pair {
  readonly state: PairState
}

/** Writes pairs; one that is there already, decided or not, stays as it is. Returns how many are new. */
export async function insertPairs(tx: Tx, pairs: readonly Pair[]): Promise<number> {
  if (pairs.length === 0) return 0
  const written = await tx
    .insertInto('people_candidate')
    .values(pairs.map((pair) => ({ ...columnsOf(pair), state: 'open' })))
    .onConflict((conflict) => conflict.columns(['low_id', 'high_id']).doNothing())
    .returning('pair_id')
    .execute()
  return written.length
}

function columnsOf(pair: Pair) {
  return {
    pair_id: pair.pairId,
    low_id: pair.lowId,
    high_id: pair.highId,
    points: pair.points,
    grade: pair.grade,
    fields: JSON.stringify(pair.fields),
    policy_version: pair.policyVersion,
    orgs: [...pair.orgs],
    found_at: pair.foundAt,
  }
}

/** The open pairs that concern an organisation, the best first; both of a pair are still two persons. */
export async function readOpenPairs(
  db: Db,
  of: {
    readonly org: string
    readonly after: { readonly points: number; readonly pairId: string } | undefined
    readonly limit: number
  },
): Promise<readonly StoredPair[]> {
  let query = pairColumns(db)
    .where('state', '=', 'open')
    .where(sql<boolean>`orgs @> array[${of.org}]::text[]`)
    .orderBy(sql`-points`)
    .orderBy('pair_id')
    .limit(of.limit)
  if (of.after !== undefined) {
    query = query.where(sql<boolean>`(-points, pair_id) > (${-of.after.points}::integer, ${of.after.pairId}::uuid)`)
  }
  return (await query.execute()).map(toPair)
}

/** A pair, locked against a second decision at the same moment. */
export async function lockPair(tx: Tx, pairId: string): Promise<StoredPair | undefined> {
  const row = await pairColumns(tx).where('pair_id', '=', pairId).forUpdate().executeTakeFirst()
  return row === undefined ? undefined : toPair(row)
}

export interface Decision {
  readonly by: string
  readonly org: string
  readonly at: Date
  readonly reason: string
}

export async function rejectPair(tx: Tx, pairId: string, decision: Decision): Promise<void> {
  await tx
    .updateTable('people_candidate')
    .set({ state: 'rejected', merge_id: null, ...decidedBy(decision) })
    .where('pair_id', '=', pairId)
    .execute()
}

/** Closes the open pairs that a merge has answered: both of them are one person now. */
export async function closePairsWithin(
  tx: Tx,
  group: readonly PersonId[],
  decision: Decision & { readonly mergeId: string },
): Promise<void> {
  await tx
    .updateTable('people_candidate')
    .set({ state: 'merged', merge_id: decision.mergeId, ...decidedBy(decision) })
    .where('state', '=', 'open')
    .where(sql<boolean>`low_id = any(${group}::uuid[]) and high_id = any(${group}::uuid[])`)
    .execute()
}

/** Opens again what a merge had closed. */
export async function reopenPairs(tx: Tx, mergeId: string): Promise<void> {
  await tx
    .updateTable('people_candidate')
    .set({ state: 'open', merge_id: null, decided_by: null, decided_org: null, decided_at: null, reason: null })
    .where('merge_id', '=', mergeId)
    .where('state', '=', 'merged')
    .execute()
}

/** Writes that two rows are two persons, whether they were ever a pair or not. */
export async function insertRejected(tx: Tx, pair: Pair, decision: Decision): Promise<void> {
  await tx
    .insertInto('people_candidate')
    .values({ ...columnsOf(pair), state: 'rejected', ...decidedBy(decision) })
    .onConflict((conflict) =>
      conflict
        .columns(['low_id', 'high_id'])
        .doUpdateSet({ state: 'rejected', merge_id: null, ...decidedBy(decision) }),
    )
    .execute()
}

const decidedBy = ({ by, org, at, reason }: Decision) => ({
  decided_by: by,
  decided_org: org,
  decided_at: at,
  reason,
})

/** A city that insures a person has to do with its open pairs from then on. */
export async function addOrgToPairs(tx: Tx, personId: string, org: string): Promise<void> {
  await sql`
    update people_candidate set orgs = array_append(orgs, ${org})
    where state = 'open' and (low_id = ${personId} or high_id = ${personId}) and not (orgs @> array[${org}]::text[])`.execute(
    tx,
  )
}

/** What ties people to organisations, of many people in one statement. */
export async function readTies(db: Db, personIds: readonly string[]): Promise<ReadonlyMap<string, Ties>> {
  const { rows } = await sql<Ties & { readonly personId: string }>`
    select p.person_id as "personId", p.registered_org as "registeredOrg", p.residence_division as "residenceDivision",
      array(select distinct i.insured_city from people_insurance i where i.person_id = p.person_id) as "insuredCities",
      array(select distinct l.institution from people_local_id l
            where l.person_id = p.person_id and l.ended_at is null) as institutions
    from people_person p where p.person_id = any(${personIds}::uuid[])`.execute(db)
  return new Map(rows.map(({ personId, ...ties }) => [personId, ties]))
}

function pairColumns(db: Db) {
  return db
    .selectFrom('people_candidate')
    .select([
      'pair_id as pairId',
      'low_id as lowId',
      'high_id as highId',
      'points',
      'grade',
      'fields',
      'policy_version as policyVersion',
      'orgs',
      'found_at as foundAt',
      'state',
    ])
}

function toPair<Row extends { lowId: string; highId: string; grade: string; state: string; fields: unknown }>(
  row: Row,
) {
  return {
    ...row,
    lowId: row.lowId as PersonId,
    highId: row.highId as PersonId,
    grade: row.grade as MatchGrade,
    state: row.state as PairState,
    fields: row.fields as readonly FieldScore[],
  }
}
