import { sql } from 'kysely'
import type { Role } from '../http/access.ts'
import type { Db, Tx } from '../kernel/db.ts'
import type { Client, ClientStatus } from './client.ts'
import type { PublicJwk } from './public-jwks.ts'

export async function readClient(db: Db, clientId: string): Promise<Client | undefined> {
  const row = await db
    .selectFrom('identity_client')
    .select(['client_id as clientId', 'role', 'institution', 'city', 'scopes', 'jwks', 'status'])
    .where('client_id', '=', clientId)
    .executeTakeFirst()
  return row && { ...row, role: row.role as Role, status: row.status as ClientStatus, keys: keysOf(row.jwks) }
}

export interface ClientSummary {
  readonly clientId: string
  readonly role: Role
  readonly institution: string | null
  readonly city: string | null
  readonly status: ClientStatus
}

export async function listClients(db: Db): Promise<readonly ClientSummary[]> {
  const rows = await db
    .selectFrom('identity_client')
    .select(['client_id as clientId', 'role', 'institution', 'city', 'status'])
    .orderBy('client_id')
    .execute()
  return rows.map((row) => ({ ...row, role: row.role as Role, status: row.status as ClientStatus }))
}

/** Inserts those that are new, in one statement; returns their ids. */
export async function insertClients(
  db: Db,
  clients: readonly Omit<Client, 'status'>[],
  at: Date,
): Promise<readonly string[]> {
  if (clients.length === 0) return []
  const rows = await db
    .insertInto('identity_client')
    .values(
      clients.map((client) => ({
        client_id: client.clientId,
        role: client.role,
        institution: client.institution,
        city: client.city,
        scopes: [...client.scopes],
        jwks: JSON.stringify({ keys: client.keys }),
        created_at: at,
        updated_at: at,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning('client_id as clientId')
    .execute()
  return rows.map((row) => row.clientId)
}

/** False where there is no such client. */
export async function updateClientStatus(
  db: Db,
  change: { readonly clientId: string; readonly status: ClientStatus; readonly note: string | null; readonly at: Date },
): Promise<boolean> {
  const result = await db
    .updateTable('identity_client')
    .set({
      status: change.status,
      status_note: change.note,
      updated_at: change.at,
      changed_xid: sql`pg_current_xact_id()`,
    })
    .where('client_id', '=', change.clientId)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** False where there is no such client. */
export async function updateClientKeys(
  db: Db,
  change: { readonly clientId: string; readonly keys: readonly PublicJwk[]; readonly at: Date },
): Promise<boolean> {
  const result = await db
    .updateTable('identity_client')
    .set({
      jwks: JSON.stringify({ keys: change.keys }),
      updated_at: change.at,
      changed_xid: sql`pg_current_xact_id()`,
    })
    .where('client_id', '=', change.clientId)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Does nothing where they are the same already. Not told to other processes: a token carries its scopes. */
export async function updateClientScopes(
  db: Db,
  change: { readonly clientId: string; readonly scopes: readonly string[]; readonly at: Date },
): Promise<void> {
  await db
    .updateTable('identity_client')
    .set({ scopes: [...change.scopes], updated_at: change.at })
    .where('client_id', '=', change.clientId)
    .where(sql<boolean>`scopes is distinct from ${[...change.scopes]}::text[]`)
    .execute()
}

export interface StatusChanges {
  /** Give it back next time: everything older is known. */
  readonly horizon: string
  readonly clients: readonly { readonly clientId: string; readonly status: ClientStatus }[]
}

/** Status of the clients written since `horizon`; '0' reads all of them. Never misses a transaction that commits late. */
export async function readStatusChanges(db: Db, horizon: string): Promise<StatusChanges> {
  const rows = await db
    .selectFrom(sql<{ horizon: string }>`(select pg_snapshot_xmin(pg_current_snapshot())::text as horizon)`.as('seen'))
    .leftJoin('identity_client', (join) => join.on(sql<boolean>`identity_client.changed_xid >= ${horizon}::text::xid8`))
    .select(['seen.horizon', 'identity_client.client_id as clientId', 'identity_client.status'])
    .execute()
  return {
    horizon: rows[0]?.horizon ?? horizon,
    clients: rows.flatMap(({ clientId, status }) =>
      clientId === null ? [] : [{ clientId, status: status as ClientStatus }],
    ),
  }
}

/** Marks an assertion as used; false where it was used before. */
export async function useAssertion(
  db: Db,
  assertion: { readonly clientId: string; readonly jti: string; readonly expiresAt: Date },
): Promise<boolean> {
  const rows = await db
    .insertInto('identity_assertion_jti')
    .values({ client_id: assertion.clientId, jti: assertion.jti, expires_at: assertion.expiresAt })
    .onConflict((conflict) => conflict.doNothing())
    .returning('jti')
    .execute()
  return rows.length === 1
}

export async function deleteExpiredAssertions(db: Db, before: Date): Promise<bigint> {
  const result = await db.deleteFrom('identity_assertion_jti').where('expires_at', '<', before).executeTakeFirst()
  return result.numDeletedRows
}

export async function readAssertionAlgorithms(db: Db, at: Date): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('identity_assertion_algorithm')
    .select('alg')
    .distinct()
    .where('effective_from', '<=', at)
    .where((eb) => eb.or([eb('effective_to', 'is', null), eb('effective_to', '>', at)]))
    .orderBy('alg')
    .execute()
  return rows.map((row) => row.alg)
}

function keysOf(jwks: unknown): readonly PublicJwk[] {
  return (jwks as { keys: readonly PublicJwk[] }).keys
}

/** One rotation at a time, over all processes. Held until the transaction ends. */
export async function lockSigningKeys(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('identity.signing-key', 0))`.execute(tx)
}

export interface SigningKeyRow {
  readonly kid: string
  readonly state: 'next' | 'active' | 'retired'
  readonly publicJwk: SigningPublicJwk
  readonly createdAt: Date
  readonly activatedAt: Date | null
  readonly publishedUntil: Date | null
  /** Encrypted; null once retired. */
  readonly privateKey: Buffer | null
}

/** Public half of a signing key as it stands in the published set (RFC 7517). */
export interface SigningPublicJwk {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly kid: string
  readonly alg: 'ES256'
  readonly use: 'sig'
}

/** Keys that are published at `at`. */
export async function readPublishedKeys(db: Db, at: Date): Promise<readonly SigningKeyRow[]> {
  const rows = await db
    .selectFrom('identity_signing_key')
    .select([
      'kid',
      'state',
      'public_jwk as publicJwk',
      'created_at as createdAt',
      'activated_at as activatedAt',
      'published_until as publishedUntil',
      'private_key as privateKey',
    ])
    .where((eb) => eb.or([eb('published_until', 'is', null), eb('published_until', '>', at)]))
    .orderBy('created_at')
    .execute()
  return rows.map((row) => ({
    ...row,
    state: row.state as SigningKeyRow['state'],
    publicJwk: row.publicJwk as unknown as SigningPublicJwk,
  }))
}

export async function insertSigningKey(
  tx: Tx,
  key: {
    readonly state: 'next' | 'active'
    readonly publicJwk: SigningPublicJwk
    readonly privateKey: Buffer
    readonly at: Date
  },
): Promise<void> {
  await tx
    .insertInto('identity_signing_key')
    .values({
      kid: key.publicJwk.kid,
      state: key.state,
      public_jwk: JSON.stringify(key.publicJwk),
      private_key: key.privateKey,
      created_at: key.at,
      activated_at: key.state === 'active' ? key.at : null,
    })
    .execute()
}

export async function retireSigningKey(
  tx: Tx,
  change: { readonly kid: string; readonly at: Date; readonly publishedUntil: Date },
): Promise<void> {
  await tx
    .updateTable('identity_signing_key')
    .set({ state: 'retired', private_key: null, retired_at: change.at, published_until: change.publishedUntil })
    .where('kid', '=', change.kid)
    .execute()
}

export async function activateSigningKey(tx: Tx, change: { readonly kid: string; readonly at: Date }): Promise<void> {
  await tx
    .updateTable('identity_signing_key')
    .set({ state: 'active', activated_at: change.at })
    .where('kid', '=', change.kid)
    .execute()
}
