import { createHash } from 'node:crypto'
import { type Insertable, sql } from 'kysely'
import type { DB, Db, Tx } from '../kernel/db.ts'
import type { DccCertificateJson } from './lists/dcc-list.ts'
import type { ShcIssuerJson } from './lists/shc-list.ts'
import type { ListHead } from './trust.ts'
import type { ForeignFormat } from './types.ts'

export interface StoredHead extends ListHead {
  readonly format: ForeignFormat
  readonly importedAtMs: number
}

/** Rows of one statement stay far below PostgreSQL's 65,535 parameters. */
const CHUNK = 1000

export async function readHeads(db: Db): Promise<readonly StoredHead[]> {
  const rows = await headQuery(db).execute()
  return rows.map(toHead)
}

/**
 * The list in force. Imports wait for each other here, also for the first one, where no row could be locked; readers do
 * not wait.
 */
export async function lockHead(tx: Tx, format: ForeignFormat): Promise<StoredHead | undefined> {
  await sql`lock table foreign_trust_list in share row exclusive mode`.execute(tx)
  const row = await headQuery(tx).where('format', '=', format).executeTakeFirst()
  return row && toHead(row)
}

export async function saveHead(
  tx: Tx,
  row: { readonly format: ForeignFormat; readonly head: ListHead; readonly by: string; readonly at: Date },
): Promise<void> {
  const { format, head, by, at } = row
  const values = {
    version: head.version,
    source: head.source,
    issued_at: new Date(head.issuedAtMs),
    valid_until: new Date(head.validUntilMs),
    imported_at: at,
    imported_by: by,
  }
  await tx
    .insertInto('foreign_trust_list')
    .values({ format, ...values })
    .onConflict((conflict) => conflict.column('format').doUpdateSet(values))
    .execute()
}

export async function replaceShcIssuers(tx: Tx, issuers: readonly ShcIssuerJson[]): Promise<void> {
  await tx.deleteFrom('foreign_shc_issuer').execute()
  for (const some of chunks(issuers.map(({ iss, name }) => ({ iss, name })))) {
    await tx.insertInto('foreign_shc_issuer').values(some).execute()
  }
  const keys = issuers.flatMap(({ iss, jwks }) =>
    jwks.keys.map((jwk) => ({ iss, kid: jwk.kid, jwk: JSON.stringify(jwk) })),
  )
  for (const some of chunks(keys)) await tx.insertInto('foreign_shc_key').values(some).execute()
  const lists = issuers.flatMap(({ iss, crls }) =>
    (crls ?? []).map(({ kid, ctr, rids }) => ({ iss, kid, ctr: BigInt(ctr), rids: [...rids] })),
  )
  for (const some of chunks(lists)) await tx.insertInto('foreign_shc_revocation_list').values(some).execute()
}

export async function replaceDccCertificates(tx: Tx, certificates: readonly DccCertificateJson[]): Promise<void> {
  await tx.deleteFrom('foreign_dcc_certificate').execute()
  const rows = certificates.map(({ country, der: base64 }): Insertable<DB['foreign_dcc_certificate']> => {
    const der = Buffer.from(base64, 'base64')
    return { fingerprint: createHash('sha256').update(der).digest(), country, der }
  })
  for (const some of chunks(rows)) await tx.insertInto('foreign_dcc_certificate').values(some).execute()
}

/** The issuers as they were imported, in order of their address. */
export async function readShcIssuers(db: Db): Promise<readonly ShcIssuerJson[]> {
  const issuers = await db.selectFrom('foreign_shc_issuer').select(['iss', 'name']).orderBy('iss').execute()
  const keys = await db.selectFrom('foreign_shc_key').select(['iss', 'jwk']).orderBy('iss').orderBy('kid').execute()
  const lists = await db.selectFrom('foreign_shc_revocation_list').selectAll().orderBy('iss').orderBy('kid').execute()
  const keysOf = Map.groupBy(keys, ({ iss }) => iss)
  const listsOf = Map.groupBy(lists, ({ iss }) => iss)
  return issuers.map(({ iss, name }) => ({
    iss,
    name,
    // Checked before it was written; it is checked again before it is used.
    jwks: { keys: (keysOf.get(iss) ?? []).map(({ jwk }) => jwk as { readonly kid: string }) },
    crls: (listsOf.get(iss) ?? []).map(({ kid, ctr, rids }) => ({ kid, method: 'rid', ctr: Number(ctr), rids })),
  }))
}

export async function readDccCertificates(db: Db): Promise<readonly DccCertificateJson[]> {
  const rows = await db
    .selectFrom('foreign_dcc_certificate')
    .select(['country', 'der'])
    .orderBy('country')
    .orderBy('fingerprint')
    .execute()
  return rows.map(({ country, der }) => ({ country, der: der.toString('base64') }))
}

const headQuery = (db: Db) =>
  db
    .selectFrom('foreign_trust_list')
    .select(['format', 'version', 'source', 'issued_at', 'valid_until', 'imported_at'])
    .orderBy('format', 'desc')

function toHead(row: {
  readonly format: string
  readonly version: number
  readonly source: string
  readonly issued_at: Date
  readonly valid_until: Date
  readonly imported_at: Date
}): StoredHead {
  return {
    format: row.format as ForeignFormat,
    version: row.version,
    source: row.source,
    issuedAtMs: row.issued_at.getTime(),
    validUntilMs: row.valid_until.getTime(),
    importedAtMs: row.imported_at.getTime(),
  }
}

function* chunks<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < rows.length; at += CHUNK) yield rows.slice(at, at + CHUNK)
}
