import { sql } from 'kysely'
import type { Db } from '../kernel/db.ts'
import { CARD_STATUS } from './types.ts'

/** How many cards carry a signature of a key, by their status. */
export interface CardsOfKey {
  readonly valid: number
  readonly suspended: number
  readonly revoked: number
}

/** Notes that a card was signed once more under another key than the one it was issued with. */
export async function insertPrint(db: Db, print: { readonly kid: string; readonly cardId: string }): Promise<void> {
  await db
    .insertInto('cards_print')
    .values({ kid: print.kid, card_id: print.cardId })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Cards that were issued or printed under each of some keys; keys without a card are left out. */
export async function countCardsOfKeys(db: Db, kids: readonly string[]): Promise<ReadonlyMap<string, CardsOfKey>> {
  const { rows } = await sql<{ kid: string; status: number; count: bigint }>`
    select kid, status, count(*)::bigint as count
    from (
      select kid, status from cards_card where kid = any(${[...kids]}::text[])
      union all
      -- A print under the key of the issue is not noted, so no card counts twice.
      select print.kid, card.status from cards_print as print join cards_card as card using (card_id)
      where print.kid = any(${[...kids]}::text[])
    ) as signed
    group by kid, status`.execute(db)
  const counts = new Map<string, CardsOfKey>()
  for (const { kid, status, count } of rows) {
    const name = status === CARD_STATUS.valid ? 'valid' : status === CARD_STATUS.suspended ? 'suspended' : 'revoked'
    const known = counts.get(kid) ?? { valid: 0, suspended: 0, revoked: 0 }
    counts.set(kid, { ...known, [name]: known[name] + Number(count) })
  }
  return counts
}
