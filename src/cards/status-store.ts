import { sql } from 'kysely'
import type { CityCode } from '../codes/index.ts'
import type { Db, Tx } from '../kernel/db.ts'
import { BLOCK } from './scatter-index.ts'
import { emptyBlock, putStatus } from './status-bits.ts'

export interface StatusBlock {
  readonly block: number
  readonly bits: Buffer
}

/** All blocks of a city, some 16 KiB each. */
export async function readStatusBlocks(db: Db, city: CityCode): Promise<readonly StatusBlock[]> {
  return await db.selectFrom('cards_status_block').select(['block', 'bits']).where('city', '=', city).execute()
}

/** Marks places as taken by valid cards. Call with the issuer's row locked (`takePlaces`). */
export async function takeStatusPlaces(tx: Tx, of: { city: CityCode; indexes: readonly number[] }): Promise<void> {
  const byBlock = Map.groupBy(of.indexes, (index) => Math.floor(index / BLOCK))
  for (const [block, indexes] of byBlock) {
    const row = await tx
      .selectFrom('cards_status_block')
      .select('bits')
      .where('city', '=', of.city)
      .where('block', '=', block)
      .executeTakeFirst()
    const bits = row?.bits ?? emptyBlock()
    for (const index of indexes) putStatus(bits, index % BLOCK, 0)
    await tx
      .insertInto('cards_status_block')
      .values({ city: of.city, block, bits: Buffer.from(bits) })
      .onConflict((conflict) => conflict.columns(['city', 'block']).doUpdateSet({ bits: sql`excluded.bits` }))
      .execute()
  }
}

/** Writes the status of one place. Call with the issuer's row locked. */
export async function writeStatusBits(tx: Tx, of: { city: CityCode; index: number; status: number }): Promise<void> {
  const at = (of.index % BLOCK) >> 2
  const shift = (of.index & 3) * 2
  await tx
    .updateTable('cards_status_block')
    .set({
      bits: sql<Buffer>`set_byte(bits, ${at}::integer,
        (get_byte(bits, ${at}::integer) & ${255 & ~(3 << shift)}::integer) | ${of.status << shift}::integer)`,
    })
    .where('city', '=', of.city)
    .where('block', '=', Math.floor(of.index / BLOCK))
    .execute()
}

/** Holder facts of one block, packed by the database: unpacking 65,536 rows here would hold up every verification. */
export interface PackedHolders {
  /** 25 bytes a card, see `HOLDER_BYTES`. */
  readonly cards: Buffer
  /** Masked names; a card names its own by position, from 1. */
  readonly names: readonly string[]
}

/** 2 bytes place in the block, 16 person, 4 number of the name, 2 last day of the insurance (65535: open), 1 city. */
export const HOLDER_BYTES = 25

export async function readHolderBlock(
  db: Db,
  of: { readonly city: CityCode; readonly block: number; readonly cities: readonly CityCode[] },
): Promise<PackedHolders> {
  const from = of.block * BLOCK
  const { rows } = await sql<{ cards: Buffer | null; names: string[] | null }>`
    with card as (
      select status_index, person_id, masked_name, insured_until,
             coalesce(array_position(${[...of.cities]}::text[], insured_city), 0) as city_no,
             dense_rank() over (order by masked_name) as name_no
      from cards_card
      where city = ${of.city} and status_index >= ${from} and status_index < ${from + BLOCK}
    )
    select string_agg(
             substring(int4send(status_index & 65535) from 3) || uuid_send(person_id) || int4send(name_no::integer)
             || substring(int4send(case when insured_until is null then 65535
                                        else greatest(0, least(65534, insured_until - date '1970-01-01')) end) from 3)
             || substring(int4send(city_no) from 4),
             ''::bytea) as cards,
           (select array_agg(distinct masked_name order by masked_name) from card) as names
    from card`.execute(db)
  return { cards: rows[0]?.cards ?? Buffer.alloc(0), names: rows[0]?.names ?? [] }
}
