import type { CityCode } from '../codes/index.ts'
import type { Db, Tx } from '../kernel/db.ts'
import type { AppealState } from './rules.ts'
import type { Bilingual, Party } from './types.ts'

export const APPEAL_GROUNDS = ['not-me', 'not-there', 'test-negative', 'ground-ended', 'record-wrong', 'other'] as const
export type AppealGround = (typeof APPEAL_GROUNDS)[number]

export interface Appeal {
  readonly personId: string
  readonly appealId: string
  readonly number: string
  readonly orderId: string
  /** The city that set the level and decides. */
  readonly city: CityCode
  readonly stateId: string
  readonly level: 1 | 2
  readonly firstAppealId: string | null
  readonly ground: AppealGround
  readonly statementEncrypted: Buffer | null
  readonly filedClient: string
  readonly filedAtMs: number
  readonly dueAtMs: number
  readonly escalatedAtMs: number | null
  readonly result: 'granted' | 'refused' | null
  readonly reason: Bilingual | null
  readonly decidedBy: Party | null
  readonly decidedAtMs: number | null
}

/** False where an appeal against this level is open, or the first one was taken further already. */
export async function insertAppeal(tx: Tx, appeal: Appeal): Promise<boolean> {
  const inserted = await tx
    .insertInto('healthcodes_appeal')
    .values({
      person_id: appeal.personId,
      appeal_id: appeal.appealId,
      number: appeal.number,
      order_id: appeal.orderId,
      city: appeal.city,
      state_id: appeal.stateId,
      appeal_level: appeal.level,
      first_appeal_id: appeal.firstAppealId,
      ground: appeal.ground,
      statement_encrypted: appeal.statementEncrypted,
      filed_client: appeal.filedClient,
      filed_at: new Date(appeal.filedAtMs),
      due_at: new Date(appeal.dueAtMs),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('appeal_id')
    .executeTakeFirst()
  return inserted !== undefined
}

export async function insertAppealEvents(
  tx: Tx,
  events: readonly {
    readonly personId: string
    readonly appealId: string
    readonly seq: number
    readonly state: AppealState
    readonly at: Date
    readonly by: string
  }[],
): Promise<void> {
  if (events.length === 0) return
  await tx
    .insertInto('healthcodes_appeal_event')
    .values(
      events.map((event) => ({
        person_id: event.personId,
        appeal_id: event.appealId,
        seq: event.seq,
        state: event.state,
        at: event.at,
        by: event.by,
      })),
    )
    .execute()
}

/** One appeal; `lock` holds it until the transaction ends. */
export async function readAppeal(db: Db, appealId: string, lock = false): Promise<Appeal | undefined> {
  const query = appealColumns(db).where('appeal_id', '=', appealId)
  const row = await (lock ? query.forUpdate() : query).executeTakeFirst()
  return row === undefined ? undefined : toAppeal(row)
}

/** Appeals that a city decides under an order, those that are due first at the front. */
export async function listAppeals(
  db: Db,
  filter: {
    readonly city: string
    readonly orderId: string
    /** `open`: not decided; `overdue`: not decided and past its time. */
    readonly which: 'open' | 'overdue' | 'decided' | 'all'
    readonly now: Date
  },
): Promise<readonly Appeal[]> {
  let query = appealColumns(db)
    .where('city', '=', filter.city)
    .where('order_id', '=', filter.orderId)
    .orderBy('due_at')
    .orderBy('appeal_id')
    .limit(500)
  if (filter.which === 'decided') query = query.where('result', 'is not', null)
  if (filter.which === 'open' || filter.which === 'overdue') query = query.where('result', 'is', null)
  if (filter.which === 'overdue') query = query.where('due_at', '<', filter.now)
  return (await query.execute()).map(toAppeal)
}

export async function readAppealEvents(
  db: Db,
  appeal: Pick<Appeal, 'personId' | 'appealId'>,
): Promise<readonly { readonly seq: number; readonly state: AppealState; readonly at: Date; readonly by: string }[]> {
  const rows = await db
    .selectFrom('healthcodes_appeal_event')
    .select(['seq', 'state', 'at', 'by'])
    .where('person_id', '=', appeal.personId)
    .where('appeal_id', '=', appeal.appealId)
    .orderBy('seq')
    .execute()
  return rows.map((row) => ({ ...row, state: row.state as AppealState }))
}

export async function decideAppealRow(
  tx: Tx,
  appeal: Pick<Appeal, 'personId' | 'appealId'>,
  decision: {
    readonly result: 'granted' | 'refused'
    readonly reason: Bilingual
    readonly by: Party
    readonly at: Date
  },
): Promise<void> {
  await tx
    .updateTable('healthcodes_appeal')
    .set({
      result: decision.result,
      reason_zh: decision.reason.zh,
      reason_en: decision.reason.en,
      decided_client: decision.by.clientId,
      decided_officer: decision.by.officer,
      decided_at: decision.at,
    })
    .where('person_id', '=', appeal.personId)
    .where('appeal_id', '=', appeal.appealId)
    .execute()
}

/** Marks open appeals past their time, a batch at a time, and gives those that were not marked before. */
export async function escalateDue(tx: Tx, now: Date, limit: number): Promise<readonly Appeal[]> {
  const due = await tx
    .selectFrom('healthcodes_appeal')
    .select(['person_id', 'appeal_id'])
    .where('result', 'is', null)
    .where('escalated_at', 'is', null)
    .where('due_at', '<', now)
    .orderBy('due_at')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute()
  if (due.length === 0) return []
  await tx
    .updateTable('healthcodes_appeal')
    .set({ escalated_at: now })
    .where((eb) =>
      eb(
        eb.refTuple('person_id', 'appeal_id'),
        'in',
        due.map((one) => eb.tuple(one.person_id, one.appeal_id)),
      ),
    )
    .execute()
  const rows = await appealColumns(tx)
    .where(
      'appeal_id',
      'in',
      due.map((one) => one.appeal_id),
    )
    .execute()
  return rows.map(toAppeal)
}

function appealColumns(db: Db) {
  return db.selectFrom('healthcodes_appeal').selectAll()
}

type AppealRow = NonNullable<Awaited<ReturnType<ReturnType<typeof appealColumns>['executeTakeFirst']>>>

function toAppeal(row: AppealRow): Appeal {
  const { decided_client: clientId, decided_officer: officer, reason_zh: zh, reason_en: en } = row
  return {
    personId: row.person_id,
    appealId: row.appeal_id,
    number: row.number,
    orderId: row.order_id,
    city: row.city as CityCode,
    stateId: row.state_id,
    level: row.appeal_level === 2 ? 2 : 1,
    firstAppealId: row.first_appeal_id,
    ground: row.ground as AppealGround,
    statementEncrypted: row.statement_encrypted,
    filedClient: row.filed_client,
    filedAtMs: row.filed_at.getTime(),
    dueAtMs: row.due_at.getTime(),
    escalatedAtMs: row.escalated_at?.getTime() ?? null,
    result: row.result as Appeal['result'],
    reason: zh === null || en === null ? null : { zh, en },
    decidedBy: clientId === null || officer === null ? null : { clientId, officer },
    decidedAtMs: row.decided_at?.getTime() ?? null,
  }
}
