import { sql } from 'kysely'
import type { Database } from '../../src/kernel/db.ts'
import { sumPosted, verifyLedger } from '../../src/ledger/index.ts'
import { unpackAccumulators } from '../../src/settlement/compact.ts'
import { claimStates, countSettlementFaults, countSettlements } from '../../src/settlement/index.ts'

/** Counts of everything that must never be, over the whole database. All zero when nothing was lost or doubled. */
export async function faults(db: Database) {
  const { paid, settled, reversed } = await countSettlements(db)
  const posted = await sumPosted(db, 'settlement')
  const ledger = await verifyLedger(db)
  return {
    ...(await countSettlementFaults(db)),
    journalsOff: posted.journals - settled - reversed,
    countersOff: Number(posted.amount - paid),
    ledgerOff: ledger.faults.map((one) => one.what),
  }
}

export const NO_FAULTS = {
  notInOnePlace: 0,
  resultOfNothing: 0,
  doubled: 0,
  accumulatorOff: 0,
  resultOutsideItsYear: 0,
  accountOff: 0,
  detailOff: 0,
  journalsOff: 0,
  countersOff: 0,
  ledgerOff: [],
}

/** How far a claim is, and how often it failed. */
export async function stateOfClaim(db: Database, claimId: string) {
  const claim = await db.selectFrom('settlement_claim').select('person_id').where('id', '=', claimId).executeTakeFirst()
  if (claim === undefined) return undefined
  const waiting = await db
    .selectFrom('settlement_pending')
    .select('faults')
    .where('claim_id', '=', claimId)
    .executeTakeFirst()
  const states = await claimStates(db, [{ personId: claim.person_id, claimId }])
  return { state: states.get(claimId), faults: waiting?.faults ?? 0 }
}

export async function countClaims(db: Database): Promise<{ pending: number; settled: number; refused: number }> {
  const { rows } = await sql<{ pending: number; settled: number; refused: number }>`
    select (select count(*)::int from settlement_pending) as pending,
      (select count(*)::int from settlement_result where kind = 'settlement') as settled,
      (select count(*)::int from settlement_refusal) as refused`.execute(db)
  return rows[0] ?? { pending: 0, settled: 0, refused: 0 }
}

/** The years of one id of a person. */
export async function yearsOf(db: Database, personId: string) {
  const rows = await db
    .selectFrom('settlement_accumulator')
    .select(['used', 'moves'])
    .where('person_id', '=', personId)
    .orderBy('year')
    .execute()
  return rows.map((row) => ({ used: unpackAccumulators(row.used), moves: row.moves }))
}
