import { PERSONAL_ACCOUNT } from '../benefits/index.ts'
import type { Posting } from '../ledger/index.ts'
import type { Result } from './types.ts'

/** The name under which this slice posts. */
export const LEDGER_SOURCE = 'settlement'

/** A settlement or reversal as the ledger books it. */
export const postingOf = (result: Omit<Result, 'lines'>): Posting => ({
  source: LEDGER_SOURCE,
  bizId: result.id,
  personId: result.personId,
  kind: result.kind,
  reverses: result.originalId,
  eventAt: result.setlTime,
  month: result.month,
  insuredCity: result.insuredCity,
  treatmentCity: result.treatmentCity,
  institution: result.institution,
  clrType: result.clrType,
  funds: result.details
    .filter((detail) => detail.fundPayType !== PERSONAL_ACCOUNT)
    .map((detail) => ({ fund: detail.fundPayType, amount: detail.fundPayamt })),
  account: result.shares.acctPay,
})
