import { sql } from 'kysely'
import type { CityCode } from '../codes/index.ts'
import { announce } from '../kernel/change-feed.ts'
import type { Db, Tx } from '../kernel/db.ts'
import type { KeyAlgorithm, KeyUse, PublicJwk } from './types.ts'

/** Area of the announcements about keys. */
export const ISSUERS_CHANGED = 'issuers'

export interface IssuerKeyRow {
  readonly kid: string
  readonly city: CityCode
  readonly alg: KeyAlgorithm
  readonly publicJwk: PublicJwk
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
  row: { readonly city: CityCode; readonly issuer: string },
): Promise<boolean> {
  const inserted = await tx
    .insertInto('issuers_issuer')
    .values({ city: row.city, issuer: row.issuer })
    .onConflict((conflict) => conflict.column('city').doNothing())
    .returning('city')
    .executeTakeFirst()
  return inserted !== undefined
}

export async function readIssuers(db: Db): Promise<readonly IssuerRow[]> {
  const rows = await db.selectFrom('issuers_issuer').select(['city', 'issuer', 'change_no as changeNo']).execute()
  return rows.map((row) => ({ ...row, city: row.city as CityCode }))
}

/**
 * Raises the issuer's change number and so locks the issuer until the commit, when all processes hear of it; false where
 * there is no such issuer.
 */
export async function markIssuerChanged(tx: Tx, city: CityCode): Promise<boolean> {
  const row = await tx
    .updateTable('issuers_issuer')
    .set({ change_no: sql`change_no + 1` })
    .where('city', '=', city)
    .returning('city')
    .executeTakeFirst()
  await announce(tx, ISSUERS_CHANGED)
  return row !== undefined
}

export async function insertKey(tx: Tx, row: IssuerKeyRow): Promise<void> {
  await tx
    .insertInto('issuers_key')
    .values({
      kid: row.kid,
      city: row.city,
      alg: row.alg,
      public_x: row.publicJwk.x,
      public_y: row.publicJwk.y ?? null,
      private_key_encrypted: row.privateKeyEncrypted,
      uses: [...row.uses],
      active_from: row.activeFrom,
      retired_at: row.retiredAt,
      verify_until: row.verifyUntil,
      revoked_at: row.revokedAt,
    })
    .execute()
}

/** Ends the signing of those of an issuer's keys, of one algorithm and for a use, that are in force before then. */
export async function retireKeys(
  tx: Tx,
  of: { readonly city: CityCode; readonly use: KeyUse; readonly alg: KeyAlgorithm; readonly at: Date },
): Promise<void> {
  await tx
    .updateTable('issuers_key')
    .set({ retired_at: of.at })
    .where('city', '=', of.city)
    .where('alg', '=', of.alg)
    .where('active_from', '<=', of.at)
    .where((eb) => eb.or([eb('retired_at', 'is', null), eb('retired_at', '>', of.at)]))
    .where(sql<boolean>`${of.use} = any(uses)`)
    .execute()
}

/** True where the issuer has the key and it was not revoked before. */
export async function markKeyRevoked(
  tx: Tx,
  of: { readonly city: CityCode; readonly kid: string; readonly at: Date },
): Promise<boolean> {
  const row = await tx
    .updateTable('issuers_key')
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
    .updateTable('issuers_key')
    .set({ private_key_encrypted: key.privateKeyEncrypted })
    .where('kid', '=', key.kid)
    .execute()
}

/** When the next key for a use is to come into force; null where none is announced. */
export async function nextActivation(
  tx: Tx,
  of: { readonly city: CityCode; readonly use: KeyUse; readonly alg: KeyAlgorithm; readonly after: Date },
): Promise<Date | null> {
  const row = await tx
    .selectFrom('issuers_key')
    .select((eb) => eb.fn.min('active_from').as('next'))
    .where('city', '=', of.city)
    .where('alg', '=', of.alg)
    .where('active_from', '>', of.after)
    .where('revoked_at', 'is', null)
    .where(sql<boolean>`${of.use} = any(uses)`)
    .executeTakeFirst()
  return row?.next ?? null
}

export async function setKeyDates(
  tx: Tx,
  key: { readonly city: CityCode; readonly kid: string } & Pick<IssuerKeyRow, 'retiredAt' | 'verifyUntil'>,
): Promise<void> {
  await tx
    .updateTable('issuers_key')
    .set({ retired_at: key.retiredAt, verify_until: key.verifyUntil })
    .where('city', '=', key.city)
    .where('kid', '=', key.kid)
    .execute()
}

/** One key; locked until the commit where the issuer's row is (`markIssuerChanged`). */
export async function readKey(
  db: Db,
  of: { readonly city: CityCode; readonly kid: string },
): Promise<IssuerKeyRow | undefined> {
  return (await readKeys(db, of.city)).find((key) => key.kid === of.kid)
}

export async function readKeys(db: Db, city: CityCode): Promise<readonly IssuerKeyRow[]> {
  const rows = await db
    .selectFrom('issuers_key')
    .select([
      'kid',
      'city',
      'alg',
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
  return rows.map(({ x, y, alg, ...row }) => ({
    ...row,
    city: row.city as CityCode,
    uses: row.uses as KeyUse[],
    alg: alg as KeyAlgorithm,
    publicJwk: toJwk(alg as KeyAlgorithm, x, y),
  }))
}

function toJwk(alg: KeyAlgorithm, x: string, y: string | null): PublicJwk {
  if (alg === 'EdDSA') return { kty: 'OKP', crv: 'Ed25519', x }
  return { kty: 'EC', crv: alg === 'ES256' ? 'P-256' : 'SM2', x, y: y ?? '' }
}
