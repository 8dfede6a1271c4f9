import { sql } from 'kysely'
import type { CityCode } from '../codes/index.ts'
import type { Db, Tx } from '../kernel/db.ts'
import type { KeyUse } from './types.ts'

export interface IssuerKeyRow {
  readonly kid: string
  readonly city: CityCode
  readonly x: string
  readonly y: string
  readonly privateKeyEncrypted: Buffer
  readonly uses: readonly KeyUse[]
  readonly activeFrom: Date
  readonly retiredAt: Date | null
  readonly verifyUntil: Date | null
  readonly revokedAt: Date | null
}

export interface IssuerRow {
  readonly city: CityCode
  readonly issuer: string
  readonly changeNo: bigint
}

/** True where the issuer is new. */
export async function insertIssuer(
  tx: Tx,
  row: { readonly city: CityCode; readonly issuer: string; readonly scatterKey: Buffer },
): Promise<boolean> {
  const inserted = await tx
    .insertInto('cards_issuer')
    .values({ city: row.city, issuer: row.issuer, scatter_key: row.scatterKey })
    .onConflict((conflict) => conflict.column('city').doNothing())
    .returning('city')
    .executeTakeFirst()
  return inserted !== undefined
}

export async function readIssuers(db: Db): Promise<readonly IssuerRow[]> {
  const rows = await db.selectFrom('cards_issuer').select(['city', 'issuer', 'change_no as changeNo']).execute()
  return rows.map((row) => ({ ...row, city: row.city as CityCode }))
}

/** Raises the issuer's change number and so locks the issuer until the commit; false where there is none. */
export async function markIssuerChanged(tx: Tx, city: CityCode): Promise<boolean> {
  const row = await tx
    .updateTable('cards_issuer')
    .set({ change_no: sql`change_no + 1` })
    .where('city', '=', city)
    .returning('city')
    .executeTakeFirst()
  return row !== undefined
}

export async function insertKey(tx: Tx, row: IssuerKeyRow): Promise<void> {
  await tx
    .insertInto('cards_issuer_key')
    .values({
      kid: row.kid,
      city: row.city,
      public_x: row.x,
      public_y: row.y,
      private_key_encrypted: row.privateKeyEncrypted,
      uses: [...row.uses],
      active_from: row.activeFrom,
      retired_at: row.retiredAt,
      verify_until: row.verifyUntil,
      revoked_at: row.revokedAt,
    })
    .execute()
}

/** Ends the signing of an issuer's keys for a use. */
export async function retireKeys(
  tx: Tx,
  of: { readonly city: CityCode; readonly use: KeyUse; readonly at: Date },
): Promise<void> {
  await tx
    .updateTable('cards_issuer_key')
    .set({ retired_at: of.at })
    .where('city', '=', of.city)
    .where('retired_at', 'is', null)
    .where(sql<boolean>`${of.use} = any(uses)`)
    .execute()
}

/** True where the issuer has the key and it was not revoked before. */
export async function markKeyRevoked(
  tx: Tx,
  of: { readonly city: CityCode; readonly kid: string; readonly at: Date },
): Promise<boolean> {
  const row = await tx
    .updateTable('cards_issuer_key')
    .set({ revoked_at: of.at })
    .where('city', '=', of.city)
    .where('kid', '=', of.kid)
    .where('revoked_at', 'is', null)
    .returning('kid')
    .executeTakeFirst()
  return row !== undefined
}

export async function replacePrivateKey(tx: Tx, key: Pick<IssuerKeyRow, 'kid' | 'privateKeyEncrypted'>): Promise<void> {
  await tx
    .updateTable('cards_issuer_key')
    .set({ private_key_encrypted: key.privateKeyEncrypted })
    .where('kid', '=', key.kid)
    .execute()
}

export async function readKeys(db: Db, city: CityCode): Promise<readonly IssuerKeyRow[]> {
  const rows = await db
    .selectFrom('cards_issuer_key')
    .select([
      'kid',
      'city',
      'public_x as x',
      'public_y as y',
      'private_key_encrypted as privateKeyEncrypted',
      'uses',
      'active_from as activeFrom',
      'retired_at as retiredAt',
      'verify_until as verifyUntil',
      'revoked_at as revokedAt',
    ])
    .where('city', '=', city)
    .orderBy('active_from')
    .execute()
  return rows.map((row) => ({ ...row, city: row.city as CityCode, uses: row.uses as KeyUse[] }))
}
