import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'
import type { Channel, Destination, Rank, RouteRule } from './types.ts'

/** Takes the next change number and holds its row until the commit, which orders all writers. */
export async function nextChangeNo(tx: Tx): Promise<bigint> {
  const row = await tx
    .updateTable('routing_change')
    .set({ change_no: sql`change_no + 1` })
    .returning('change_no as changeNo')
    .executeTakeFirstOrThrow()
  return row.changeNo
}

export async function readChangeNo(db: Db): Promise<bigint> {
  const row = await db.selectFrom('routing_change').select('change_no as changeNo').executeTakeFirstOrThrow()
  return row.changeNo
}

/** All rows, also those of before and of later: some a year. */
export async function readChannels(db: Db): Promise<readonly Channel[]> {
  const rows = await db.selectFrom('routing_channel').selectAll().execute()
  return rows.map((row) => ({
    event: row.event,
    effectiveFrom: row.effective_from,
    maxBodyBytes: row.max_body_bytes,
    maxAttempts: row.max_attempts,
    maxAgeMs: row.max_age_s * 1000,
    backoffBaseMs: row.backoff_base_ms,
    backoffCapMs: row.backoff_cap_ms,
    deadlineMs: row.deadline_ms,
    retryUnknown: row.retry_unknown,
    deadBlocks: row.dead_blocks,
    bodyDays: row.body_days,
    logDays: row.log_days,
    purpose: row.purpose,
  }))
}

export interface NewChannel extends Channel {
  readonly sourceDocument: string
  readonly verified: boolean
}

/** @returns false where the event has a row from that moment on already: figures are replaced by later rows only */
export async function insertChannel(tx: Tx, channel: NewChannel): Promise<boolean> {
  const { numInsertedOrUpdatedRows: inserted } = await tx
    .insertInto('routing_channel')
    .values({
      event: channel.event,
      effective_from: channel.effectiveFrom,
      max_body_bytes: channel.maxBodyBytes,
      max_attempts: channel.maxAttempts,
      max_age_s: Math.round(channel.maxAgeMs / 1000),
      backoff_base_ms: channel.backoffBaseMs,
      backoff_cap_ms: channel.backoffCapMs,
      deadline_ms: channel.deadlineMs,
      retry_unknown: channel.retryUnknown,
      dead_blocks: channel.deadBlocks,
      body_days: channel.bodyDays,
      log_days: channel.logDays,
      purpose: channel.purpose,
      source_document: channel.sourceDocument,
      verified: channel.verified,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return inserted === 1n
}

export async function readRules(db: Db): Promise<readonly RouteRule[]> {
  const rows = await db
    .selectFrom('routing_rule')
    .select(['event', 'sender', 'destination', 'rank', 'valid_from as validFrom', 'valid_to as validTo'])
    .orderBy('id')
    .execute()
  return rows.map((row) => ({ ...row, rank: row.rank as Rank | null }))
}

export interface NewRule extends RouteRule {
  readonly id: string
  readonly sourceDocument: string
  readonly verified: boolean
  readonly by: string
  readonly at: Date
}

/** The same event, sender, destination and first day again changes the row: its end, mostly. */
export async function upsertRule(tx: Tx, rule: NewRule): Promise<void> {
  const changed = {
    rank: rule.rank,
    valid_to: rule.validTo,
    source_document: rule.sourceDocument,
    verified: rule.verified,
    changed_by: rule.by,
    changed_at: rule.at,
  }
  await tx
    .insertInto('routing_rule')
    .values({
      id: rule.id,
      event: rule.event,
      sender: rule.sender,
      destination: rule.destination,
      valid_from: rule.validFrom,
      ...changed,
    })
    .onConflict((conflict) => conflict.columns(['event', 'sender', 'destination', 'valid_from']).doUpdateSet(changed))
    .execute()
}

const DESTINATION_COLUMNS = [
  'code',
  'kind',
  'institution',
  'url',
  'secret_encrypted as secret',
  'concurrency',
  'paused_at as pausedAt',
  'change_no as changeNo',
] as const

/** Institutions and subscriptions: some hundreds of rows. */
export async function readDestinations(db: Db): Promise<readonly Destination[]> {
  const rows = await db.selectFrom('routing_destination').select(DESTINATION_COLUMNS).orderBy('code').execute()
  return rows.map((row) => ({ ...row, kind: row.kind as Destination['kind'] }))
}

export async function readDestination(db: Db, code: string): Promise<Destination | undefined> {
  const row = await db
    .selectFrom('routing_destination')
    .select(DESTINATION_COLUMNS)
    .where('code', '=', code)
    .executeTakeFirst()
  return row === undefined ? undefined : { ...row, kind: row.kind as Destination['kind'] }
}

export interface SavedDestination {
  readonly code: string
  readonly kind: Destination['kind']
  readonly institution: string
  readonly url: string | null
  readonly secret: Uint8Array | null
  readonly concurrency: number
}

export async function upsertDestination(
  tx: Tx,
  row: SavedDestination,
  change: { readonly changeNo: bigint; readonly by: string; readonly at: Date },
): Promise<void> {
  const changed = {
    kind: row.kind,
    institution: row.institution,
    url: row.url,
    secret_encrypted: row.secret === null ? null : Buffer.from(row.secret),
    concurrency: row.concurrency,
    change_no: change.changeNo,
    changed_by: change.by,
    changed_at: change.at,
  }
  await tx
    .insertInto('routing_destination')
    .values({ code: row.code, ...changed })
    .onConflict((conflict) => conflict.column('code').doUpdateSet(changed))
    .execute()
}

/** Makes rows for hospitals that get their first message; those that are there stay as they are. */
export async function ensureHospitals(tx: Tx, codes: readonly string[], at: Date): Promise<void> {
  const changeNo = await nextChangeNo(tx)
  await sql`
    insert into routing_destination (code, kind, institution, change_no, changed_by, changed_at)
    select code, 'hospital', code, ${changeNo}, 'routing', ${at} from unnest(${codes}::text[]) code
    on conflict do nothing`.execute(tx)
}

/** @returns false where there is no such destination */
export async function setPaused(
  tx: Tx,
  code: string,
  paused: { readonly at: Date; readonly by: string } | undefined,
): Promise<boolean> {
  const changeNo = await nextChangeNo(tx)
  const { numUpdatedRows } = await tx
    .updateTable('routing_destination')
    .set({ paused_at: paused?.at ?? null, paused_by: paused?.by ?? null, change_no: changeNo })
    .where('code', '=', code)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function deleteDestination(tx: Tx, code: string): Promise<void> {
  await nextChangeNo(tx)
  await tx.deleteFrom('routing_destination').where('code', '=', code).execute()
}

/** Values that stand under another key than the active one are found by their owner; all of them, some hundreds. */
export async function replaceSecret(tx: Tx, code: string, secret: Uint8Array): Promise<void> {
  await tx
    .updateTable('routing_destination')
    .set({ secret_encrypted: Buffer.from(secret) })
    .where('code', '=', code)
    .execute()
}
