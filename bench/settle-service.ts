import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { auditSealing } from '../src/audit/index.ts'
import { calculateBenefits, encodeTrace, NO_ACCUMULATORS } from '../src/benefits/index.ts'
import { ZERO_FEN } from '../src/kernel/money.ts'
import { checkBills } from '../src/settlement/check-bills.ts'
import { checkSentBill } from '../src/settlement/check-sent-bill.ts'
import { trySettlement } from '../src/settlement/index.ts'
import { claimOf } from '../src/settlement/rules.ts'
import { readBill, showTrial } from '../src/settlement/wire.ts'
import type { Bill } from './bills.ts'
import type { Service } from './service.ts'

/*
 * What the settle bench asks of a process of the service besides requests: filling its database, and its own figures.
 */

const AT_A_TIME = 400
let filled = 0

/** Hands in claims by the route's own verb: rows, keys and events are the same, only HTTP is left out. */
export async function fill(service: Service, order: { institution: string; bills: readonly Bill[] }): Promise<void> {
  const { deps } = service.runtime
  const { desk } = service.live.settlement
  const { institution } = order
  const left = [...order.bills]
  const submit = async (): Promise<void> => {
    for (let bill = left.pop(); bill !== undefined; bill = left.pop()) {
      const key = `fill-${process.pid}-${filled++}`
      const by = { actor: 'bench', actorOrg: institution, role: 'hospital' }
      await desk.submit({ institution, key, requestHash: Buffer.from(key), by }, readBill(bill))
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, submit))
  await deps.outbox.settled()
  // The audit of accepting belongs to accepting; a worker that drains has none of its own.
  await auditSealing(deps.db).run()
}

/** Bytes of WAL and rows written so far, bench tables left out. */
export async function written({ runtime }: Service): Promise<{ wal: number; rows: number }> {
  const { db } = runtime.deps
  // A session reports its counts after a second at the latest when it next is used, or ten seconds idle; rows are therefore
  // counted where they stand.
  const { rows } = await sql<{ wal: string; rows: string }>`
    select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::text as wal,
      (select sum(n_tup_ins + n_tup_upd + n_tup_del)::text from pg_stat_user_tables) as rows`.execute(db)
  await sleep(0)
  return { wal: Number(rows[0]?.wal), rows: Number(rows[0]?.rows) }
}

/** A trial as the route shows it: the echo answers with the same bytes. */
export async function trialOf(service: Service, order: { institution: string; bill: Bill }): Promise<unknown> {
  const deps = { ...service.runtime.deps, ...service.live.settlement }
  const trial = await trySettlement(deps, order.institution, readBill(order.bill))
  if (trial.state === 'refused') throw new Error('the bill of the bench is refused')
  return {
    state: trial.state,
    reasons: [],
    setlinfo: showTrial(trial.insurance, trial.bill.treatmentCity, trial.settled),
  }
}

/** Processor time of the benefit engine for one claim of ten lines, with the trace as it is stored; in a loop of its own. */
export async function engine(
  service: Service,
  order: { institution: string; bill: Bill; seconds: number },
): Promise<number> {
  const deps = { ...service.runtime.deps, ...service.live.settlement }
  const bill = checkSentBill(deps, order.institution, readBill(order.bill))
  const [checked] = await checkBills(deps.db, deps, [bill])
  if (checked === undefined || checked.reasons) throw new Error('the bill of the bench is refused')
  const { insurance, facts } = checked
  const claim = claimOf({
    bill,
    insurance,
    facts,
    accumulators: NO_ACCUMULATORS,
    balance: ZERO_FEN,
    familyBalance: ZERO_FEN,
  })
  const book = deps.book()
  let bytes = 0
  const until = performance.now() + order.seconds * 1000
  const began = process.threadCpuUsage()
  let count = 0
  while (performance.now() < until) {
    for (let n = 0; n < 100; n++, count++) {
      const verdict = calculateBenefits(claim, book)
      if (verdict.refused) throw new Error('the claim of the bench is refused')
      bytes += encodeTrace(verdict.trace).length
    }
  }
  const { user, system } = process.threadCpuUsage(began)
  if (bytes === 0) throw new Error('nothing was computed')
  return (user + system) / count
}
