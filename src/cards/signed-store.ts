import { sql } from 'kysely'
import type { KeyRecord } from '../issuers/index.ts'
import type { Db } from '../kernel/db.ts'
import { CARD_STATUS } from './types.ts'

/** How many cards carry a signature of a key. */
export interface CardsOfKey {
  readonly valid: number
  readonly suspended: number
  readonly revoked: number
  /** Beside these, whatever their status: cards that it may have signed, for their key was not recorded. */
  readonly possibly: number
}

export const NO_CARDS: CardsOfKey = { valid: 0, suspended: 0, revoked: 0, possibly: 0 }

/** Notes that a card was signed once more under another key than the one it was issued with. */
export async function insertPrint(db: Db, print: { readonly kid: string; readonly cardId: string }): Promise<void> {
  await db
    .insertInto('cards_print')
    .values({ kid: print.kid, card_id: print.cardId })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Cards that were issued or printed under each of some keys; keys without a card are left out. */
export async function countCardsOfKeys(db: Db, keys: readonly KeyRecord[]): Promise<ReadonlyMap<string, CardsOfKey>> {
  const kids = keys.map((key) => key.kid)
  const { rows } = await sql<{ kid: string; status: number; count: bigint }>`
    select kid, status, count(*)::bigint as count
    from (
      select kid, status from cards_card where kid = any(${kids}::text[])
      union all
      -- A print under the key of the issue is not noted, so no card counts twice.
      select print.kid, card.status from cards_print as print join cards_card as card using (card_id)
      where print.kid = any(${kids}::text[])
    ) as signed
    group by kid, status`.execute(db)
  const counts = new Map<string, CardsOfKey>()
  for (const { kid, status, count } of rows) {
    const name = status === CARD_STATUS.valid ? 'valid' : status === CARD_STATUS.suspended ? 'suspended' : 'revoked'
    const known = counts.get(kid) ?? NO_CARDS
    counts.set(kid, { ...known, [name]: known[name] + Number(count) })
  }
  for (const [kid, possibly] of await countOfUnknownKey(db, keys)) {
    counts.set(kid, { ...(counts.get(kid) ?? NO_CARDS), possibly })
  }
  return counts
}

/**
 * Cards whose key nobody wrote down (those of before 0091), that were issued while a key signed cards of their city. Those
 * that count for the key by a print are left out. Reads all cards once: an index would serve nothing else.
 */
async function countOfUnknownKey(db: Db, keys: readonly KeyRecord[]): Promise<readonly (readonly [string, number])[]> {
  // Whoever had no record of keys signed with ES256 alone.
  const signers = keys.filter((key) => key.alg === 'ES256' && key.uses.includes('card'))
  if (signers.length === 0) return []
  const { rows } = await sql<{ kid: string; count: bigint }>`
    select span.kid, count(*)::bigint as count
    from unnest(
      ${signers.map((key) => key.kid)}::text[],
      ${signers.map((key) => key.city)}::text[],
      ${signers.map((key) => key.activeFrom)}::timestamptz[],
      ${signers.map(endOfSigning)}::timestamptz[]
    ) as span (kid, city, signs_from, signs_to)
    join cards_card as card on card.city = span.city and card.kid is null
      and card.issued_at >= span.signs_from and (span.signs_to is null or card.issued_at <= span.signs_to)
    where not exists (select from cards_print as print where print.kid = span.kid and print.card_id = card.card_id)
    group by span.kid`.execute(db)
  return rows.map(({ kid, count }) => [kid, Number(count)])
}

function endOfSigning({ retiredAt, revokedAt }: KeyRecord): Date | null {
  if (retiredAt === null || revokedAt === null) return retiredAt ?? revokedAt
  return retiredAt < revokedAt ? retiredAt : revokedAt
}
