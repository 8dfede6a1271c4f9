import { sql } from 'kysely'
import type { CityCode } from '../codes/index.ts'
import type { Db, Tx } from '../kernel/db.ts'
import { officerKey } from './rules.ts'
import type { EvidenceClass, HealthLevel, Party } from './types.ts'

export type ChangeState = 'waiting' | 'applied' | 'refused'

export interface Change {
  readonly changeId: string
  readonly orderId: string
  readonly city: CityCode
  readonly reasonCode: string
  readonly evidence: EvidenceClass
  readonly place: string
  readonly validUntilMs: number
  readonly people: number
  readonly approvalsNeeded: number
  readonly proposedBy: Party
  readonly proposedAtMs: number
  readonly state: ChangeState
  readonly approvals: readonly Party[]
}

export async function insertChange(
  tx: Tx,
  change: Omit<Change, 'approvals' | 'people'>,
  personIds: readonly string[],
): Promise<void> {
  await tx
    .insertInto('healthcodes_change')
    .values({
      change_id: change.changeId,
      order_id: change.orderId,
      city: change.city,
      reason_code: change.reasonCode,
      evidence: change.evidence,
      place: change.place,
      valid_until: new Date(change.validUntilMs),
      people: personIds.length,
      approvals_needed: change.approvalsNeeded,
      proposed_client: change.proposedBy.clientId,
      proposed_officer: change.proposedBy.officer,
      proposed_at: new Date(change.proposedAtMs),
      state: change.state,
      decided_at: change.state === 'waiting' ? null : new Date(change.proposedAtMs),
    })
    .execute()
  await tx
    .insertInto('healthcodes_change_person')
    .values(personIds.map((personId) => ({ person_id: personId, change_id: change.changeId })))
    .execute()
}

/** People for whom a client has proposed since then. */
export async function countProposed(db: Db, clientId: string, since: Date): Promise<number> {
  const row = await db
    .selectFrom('healthcodes_change')
    .select((eb) => eb.fn.sum<bigint | null>('people').as('people'))
    .where('proposed_client', '=', clientId)
    .where('proposed_at', '>', since)
    .executeTakeFirstOrThrow()
  return Number(row.people ?? 0)
}

/** Changes of one city. `lock` holds their heads until the transaction ends. */
export async function readChanges(
  db: Db,
  filter: {
    readonly city: string
    readonly orderId?: string | undefined
    readonly changeId?: string | undefined
    readonly state?: ChangeState | undefined
    readonly lock?: true
  },
): Promise<readonly Change[]> {
  let query = db
    .selectFrom('healthcodes_change')
    .selectAll()
    .where('city', '=', filter.city)
    .orderBy('change_id', 'desc')
    .limit(500)
  if (filter.orderId !== undefined) query = query.where('order_id', '=', filter.orderId)
  if (filter.changeId !== undefined) query = query.where('change_id', '=', filter.changeId)
  if (filter.state !== undefined) query = query.where('state', '=', filter.state)
  const rows = await (filter.lock ? query.forUpdate() : query).execute()
  if (rows.length === 0) return []
  const approvals = await db
    .selectFrom('healthcodes_approval')
    .select(['change_id as changeId', 'client_id as clientId', 'officer'])
    .where(
      'change_id',
      'in',
      rows.map((row) => row.change_id),
    )
    .orderBy('approved_at')
    .execute()
  const approvalsOf = Map.groupBy(approvals, (one) => one.changeId)
  return rows.map((row) => ({
    changeId: row.change_id,
    orderId: row.order_id,
    city: row.city as CityCode,
    reasonCode: row.reason_code,
    evidence: row.evidence as EvidenceClass,
    place: row.place,
    validUntilMs: row.valid_until.getTime(),
    people: row.people,
    approvalsNeeded: row.approvals_needed,
    proposedBy: { clientId: row.proposed_client, officer: row.proposed_officer },
    proposedAtMs: row.proposed_at.getTime(),
    state: row.state as ChangeState,
    approvals: (approvalsOf.get(row.change_id) ?? []).map(({ clientId, officer }) => ({ clientId, officer })),
  }))
}

export async function readChangePeople(db: Db, changeId: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('healthcodes_change_person')
    .select('person_id as personId')
    .where('change_id', '=', changeId)
    .orderBy('person_id')
    .execute()
  return rows.map((row) => row.personId)
}

export async function insertApproval(tx: Tx, changeId: string, by: Party, at: Date): Promise<void> {
  await tx
    .insertInto('healthcodes_approval')
    .values({
      change_id: changeId,
      client_id: by.clientId,
      officer: by.officer,
      officer_key: officerKey(by.officer),
      approved_at: at,
    })
    .execute()
}

export async function decideChange(tx: Tx, changeId: string, state: 'applied' | 'refused', at: Date): Promise<void> {
  await tx.updateTable('healthcodes_change').set({ state, decided_at: at }).where('change_id', '=', changeId).execute()
}

/** One version of what a city says of a person. */
export interface StateRow {
  readonly personId: string
  readonly city: CityCode
  readonly versionNo: number
  readonly stateId: string
  readonly orderId: string
  readonly changeId: string | null
  readonly appealId: string | null
  /** null: no level. */
  readonly level: HealthLevel | null
  readonly reasonCode: string
  readonly evidence: string
  readonly place: string
  readonly issuerLevel: string | null
  readonly mapVersion: number | null
  readonly setAtMs: number
  readonly validUntilMs: number
}

/** Adds the next version for each person. The caller holds the revision row, so numbers cannot collide. */
export async function insertStates(
  tx: Tx,
  states: readonly Omit<StateRow, 'versionNo'>[],
  changeNo: bigint,
): Promise<void> {
  const [first] = states
  if (first === undefined) return
  const { city } = first
  const last = await tx
    .selectFrom('healthcodes_state')
    .select((eb) => ['person_id as personId', eb.fn.max('version_no').as('versionNo')])
    .where('city', '=', city)
    .where(
      'person_id',
      'in',
      states.map((one) => one.personId),
    )
    .groupBy('person_id')
    .execute()
  const lastOf = new Map(last.map((row) => [row.personId, row.versionNo]))
  await tx
    .insertInto('healthcodes_state')
    .values(
      states.map((one) => ({
        person_id: one.personId,
        city: one.city,
        version_no: (lastOf.get(one.personId) ?? 0) + 1,
        state_id: one.stateId,
        order_id: one.orderId,
        change_id: one.changeId,
        appeal_id: one.appealId,
        level: one.level,
        reason_code: one.reasonCode,
        evidence: one.evidence,
        place: one.place,
        issuer_level: one.issuerLevel,
        map_version: one.mapVersion,
        set_at: new Date(one.setAtMs),
        valid_until: new Date(one.validUntilMs),
        change_no: changeNo,
      })),
    )
    .execute()
}

/** All versions of a person, the newest first; of one city where it is named. */
export async function readStates(db: Db, personId: string, city?: string): Promise<readonly StateRow[]> {
  let query = stateColumns(db).where('person_id', '=', personId).orderBy('city').orderBy('version_no', 'desc')
  if (city !== undefined) query = query.where('city', '=', city)
  return (await query.limit(2_000).execute()).map(toState)
}

/** The next of the versions that came after a number, in their order; `after` is the last one that was read. */
export async function readStatesAfter(
  db: Db,
  page: { readonly changeNo: bigint; readonly after: StateRow | undefined; readonly limit: number },
): Promise<readonly StateRow[]> {
  const { changeNo, after, limit } = page
  let query = stateColumns(db)
    .where('change_no', '>', changeNo)
    .orderBy('person_id')
    .orderBy('city')
    .orderBy('version_no')
    .limit(limit)
  if (after !== undefined) {
    query = query.where(
      sql<boolean>`(person_id, city, version_no) > (${after.personId}, ${after.city}, ${after.versionNo})`,
    )
  }
  return (await query.execute()).map(toState)
}

/** Who proposed and who approved the change behind a state. */
export async function readSetters(db: Db, changeId: string): Promise<readonly Party[]> {
  const proposed = await db
    .selectFrom('healthcodes_change')
    .select(['proposed_client as clientId', 'proposed_officer as officer'])
    .where('change_id', '=', changeId)
    .execute()
  const approved = await db
    .selectFrom('healthcodes_approval')
    .select(['client_id as clientId', 'officer'])
    .where('change_id', '=', changeId)
    .execute()
  return [...proposed, ...approved]
}

function stateColumns(db: Db) {
  return db
    .selectFrom('healthcodes_state')
    .select([
      'person_id as personId',
      'city',
      'version_no as versionNo',
      'state_id as stateId',
      'order_id as orderId',
      'change_id as changeId',
      'appeal_id as appealId',
      'level',
      'reason_code as reasonCode',
      'evidence',
      'place',
      'issuer_level as issuerLevel',
      'map_version as mapVersion',
      'set_at as setAt',
      'valid_until as validUntil',
    ])
}

type StateColumns = Awaited<ReturnType<ReturnType<typeof stateColumns>['execute']>>[number]

function toState({ setAt, validUntil, ...row }: StateColumns): StateRow {
  return {
    ...row,
    city: row.city as CityCode,
    level: row.level as HealthLevel | null,
    setAtMs: setAt.getTime(),
    validUntilMs: validUntil.getTime(),
  }
}
