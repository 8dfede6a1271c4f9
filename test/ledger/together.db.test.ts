import { expect, test } from 'vitest'
import { fen } from '../../src/kernel/money.ts'
import { balanceAt, proveWindow, readTotals, sealLedger } from '../../src/ledger/index.ts'
import { verifyLedger } from '../../src/ledger/verify.ts'
import { useDatabase } from '../support/database.ts'
import { NOW } from '../support/deps.ts'
import { aPosting, post, reversalOf, seal } from './postings.ts'

const database = useDatabase()
const now = new Date(NOW)

test('the proof holds at every moment while many post, take back and seal', { timeout: 120_000 }, async () => {
  const cities = ['510100', '510600', '511400', '512000']
  let journals = 0
  let sealed = 0
  let busy = true
  const writer = async (no: number): Promise<void> => {
    for (let batch = 0; batch < 12; batch++) {
      const some = Array.from({ length: 15 }, (_, at) =>
        aPosting(now, {
          insuredCity: cities[(no + at) % 4] as string,
          treatmentCity: cities[(batch + at) % 4] as string,
          institution: `H${at % 3}`,
          funds: [{ fund: '310102', amount: fen(BigInt(100 + at)) }],
        }),
      )
      await post(database.db, now, ...some, ...some.slice(0, 3).map((one) => reversalOf(one)))
      journals += 18
    }
  }
  const sealer = async (): Promise<void> => {
    while (busy) {
      const some = await sealLedger(database.db, now, { batch: 50 })
      sealed += some
      await new Promise((done) => setTimeout(done, 10))
    }
  }
  const prover = async (): Promise<number> => {
    let proofs = 0
    while (busy) {
      const report = await verifyLedger(database.db)
      expect(report.faults).toEqual([])
      const window = await database.db
        .transaction()
        .setIsolationLevel('repeatable read')
        .execute(async (tx) => await proveWindow(tx, '2026-11'))
      expect(window.disagreements).toEqual([])
      proofs += 1
    }
    return proofs
  }
  // Two sealers: only one seals at a time.
  const background = [sealer(), sealer(), prover()] as const
  await Promise.all([0, 1, 2, 3].map(writer))
  busy = false
  const [, , proofs] = await Promise.all(background)
  expect(proofs).toBeGreaterThan(0)
  if (sealed < journals) await seal(database.db, now, journals - sealed)
  expect(await verifyLedger(database.db)).toMatchObject({ ok: true, journals, sealed: journals })

  const local = (await readTotals(database.db, '2026-11')).filter(
    (one) => one.payer === one.payee && one.payee === '510100',
  )
  const paid = local.reduce((sum, one) => sum + one.amount, 0n)
  const elsewhere = (await readTotals(database.db, '2026-11')).filter(
    (one) => one.payer !== one.payee && one.payee === '510100',
  )
  const owed = elsewhere.reduce((sum, one) => sum + one.amount, 0n)
  const payable = await Promise.all(
    ['H0', 'H1', 'H2'].map((code) => balanceAt(database.db, `provider_payable/510100/${code}/11`, 'now')),
  )
  expect(payable.reduce((sum, one) => sum + one, 0n)).toBe(-(paid + owed))
})
