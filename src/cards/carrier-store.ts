import { sql } from 'kysely'
import type { CityCode } from '../codes/index.ts'
import type { BlindIndex } from '../kernel/crypto/index.ts'
import type { Db, Tx } from '../kernel/db.ts'
import type { CarrierKind } from './carriers.ts'

export interface CarrierRow {
  readonly carrierId: string
  readonly personId: string
  readonly kind: CarrierKind
  readonly city: CityCode
  readonly numberEncrypted: Buffer
  readonly maskedName: string
  readonly validFrom: string
  readonly validTo: string | null
  readonly status: number
  readonly statusReason: string | null
  readonly statusAt: Date | null
  readonly registeredAt: Date
}

export async function insertCarrier(
  tx: Tx,
  row: Omit<CarrierRow, 'status' | 'statusReason' | 'statusAt'>,
): Promise<void> {
  await tx
    .insertInto('cards_carrier')
    .values({
      person_id: row.personId,
      carrier_id: row.carrierId,
      kind: row.kind,
      city: row.city,
      number_encrypted: row.numberEncrypted,
      masked_name: row.maskedName,
      valid_from: row.validFrom,
      valid_to: row.validTo,
      registered_at: row.registeredAt,
    })
    .execute()
}

/** Claims the number under each index key; how many rows were free. Of two who claim at the same moment one gets it. */
export async function claimNumber(
  tx: Tx,
  of: { readonly personId: string; readonly carrierId: string; readonly indexes: readonly BlindIndex[] },
): Promise<number> {
  const claimed = await tx
    .insertInto('cards_carrier_index')
    .values(
      // In one order everywhere, so that two registrations of one number do not lock each other out.
      of.indexes
        .toSorted((a, b) => Buffer.compare(a.value, b.value))
        .map((index) => ({
          index_value: index.value,
          index_key_id: index.keyId,
          person_id: of.personId,
          carrier_id: of.carrierId,
        })),
    )
    .onConflict((conflict) => conflict.column('index_value').doNothing())
    .returning('index_key_id')
    .execute()
  return claimed.length
}

/** Gives the number free, for one that was registered by mistake. */
export async function releaseNumber(
  tx: Tx,
  of: { readonly personId: string; readonly carrierId: string },
): Promise<void> {
  await tx
    .deleteFrom('cards_carrier_index')
    .where('person_id', '=', of.personId)
    .where('carrier_id', '=', of.carrierId)
    .execute()
}

function columns(db: Db) {
  return db
    .selectFrom('cards_carrier as carrier')
    .select([
      'carrier.carrier_id as carrierId',
      'carrier.person_id as personId',
      'carrier.kind',
      'carrier.city',
      'carrier.number_encrypted as numberEncrypted',
      'carrier.masked_name as maskedName',
      'carrier.valid_from as validFrom',
      'carrier.valid_to as validTo',
      'carrier.status',
      'carrier.status_reason as statusReason',
      'carrier.status_at as statusAt',
      'carrier.registered_at as registeredAt',
    ])
}

const typed = <Row extends { kind: string; city: string }>(row: Row) => ({
  ...row,
  kind: row.kind as CarrierKind,
  city: row.city as CityCode,
})

/** The carrier with a number: one statement, from the primary key of the index to the primary key of the carrier. */
export async function findCarrier(db: Db, indexValues: readonly Buffer[]): Promise<CarrierRow | undefined> {
  const row = await columns(db)
    .innerJoin('cards_carrier_index as at', (join) =>
      join.onRef('at.person_id', '=', 'carrier.person_id').onRef('at.carrier_id', '=', 'carrier.carrier_id'),
    )
    .where('at.index_value', 'in', [...indexValues])
    .limit(1)
    .executeTakeFirst()
  return row && typed(row)
}

/** A carrier of a city; with `lock`, nobody else changes it until the transaction ends. */
export async function readCarrier(
  db: Db,
  of: { readonly carrierId: string; readonly city: string; readonly lock?: boolean },
): Promise<CarrierRow | undefined> {
  const query = columns(db).where('carrier.carrier_id', '=', of.carrierId).where('carrier.city', '=', of.city)
  const row = await (of.lock === true ? query.forUpdate() : query).executeTakeFirst()
  return row && typed(row)
}

export async function readCarriersOf(
  db: Db,
  of: { readonly personId: string; readonly city: string; readonly limit: number },
): Promise<readonly CarrierRow[]> {
  const rows = await columns(db)
    .where('carrier.person_id', '=', of.personId)
    .where('carrier.city', '=', of.city)
    .orderBy('carrier.registered_at', 'desc')
    .orderBy('carrier.carrier_id', 'desc')
    .limit(of.limit)
    .execute()
  return rows.map(typed)
}

export async function updateCarrier(
  tx: Tx,
  change: {
    readonly personId: string
    readonly carrierId: string
    readonly status: number
    readonly reason: string
    readonly at: Date
  },
): Promise<void> {
  await tx
    .updateTable('cards_carrier')
    .set({ status: change.status, status_reason: change.reason, status_at: change.at })
    .where('person_id', '=', change.personId)
    .where('carrier_id', '=', change.carrierId)
    .execute()
}

/** Place of a carrier in the order of the primary key. */
export interface CarrierPlace {
  readonly personId: string
  readonly carrierId: string
}

/** The next carriers with the index keys that each stands under, for a change of keys. */
export async function readCarriersAfter(
  db: Db,
  after: CarrierPlace | null,
  limit: number,
): Promise<readonly (CarrierRow & { readonly indexKeyIds: readonly string[] })[]> {
  let query = columns(db)
    .select((eb) =>
      eb
        .selectFrom('cards_carrier_index as at')
        .select(sql<string[]>`coalesce(array_agg(at.index_key_id), '{}')`.as('ids'))
        .whereRef('at.person_id', '=', 'carrier.person_id')
        .whereRef('at.carrier_id', '=', 'carrier.carrier_id')
        .as('indexKeyIds'),
    )
    .orderBy('carrier.person_id')
    .orderBy('carrier.carrier_id')
    .limit(limit)
  if (after !== null) {
    query = query.where(
      sql<boolean>`(carrier.person_id, carrier.carrier_id) > (${after.personId}::uuid, ${after.carrierId}::uuid)`,
    )
  }
  const rows = await query.execute()
  return rows.map((row) => ({ ...typed(row), indexKeyIds: row.indexKeyIds ?? [] }))
}

export async function replaceNumber(tx: Tx, of: CarrierPlace & { readonly numberEncrypted: Buffer }): Promise<void> {
  await tx
    .updateTable('cards_carrier')
    .set({ number_encrypted: of.numberEncrypted })
    .where('person_id', '=', of.personId)
    .where('carrier_id', '=', of.carrierId)
    .execute()
}

/** Removes index rows under keys that have left the ring, of carriers that stand under the active one. */
export async function deleteOldCarrierIndexes(
  db: Db,
  keys: { readonly active: string; readonly live: readonly string[] },
): Promise<void> {
  await sql`
    delete from cards_carrier_index old
    where old.index_key_id <> all(${[...keys.live]}::text[])
      and exists (select from cards_carrier_index twin
                  where twin.person_id = old.person_id and twin.carrier_id = old.carrier_id
                    and twin.index_key_id = ${keys.active})`.execute(db)
}
