export { readAccounts } from './account-store.ts'
export { type SentBill } from './check-sent-bill.ts'
export type { Actor } from './claim-event.ts'
export { type ClaimState, claimStates } from './claim-store.ts'
export { type DayRow, type DayTotal, readDayRows, readDayTotals, readRowsById } from './day-store.ts'
export { settlementSubscriptions, settlementUpkeep } from './jobs.ts'
export { openAccounts, openYear } from './open-accounts.ts'
export { openSettlement, type Settlement } from './open-settlement.ts'
export { countSettlementFaults, countSettlements } from './proof-store.ts'
export { type AnsweredClaim, readAnswers, readResult } from './result-store.ts'
export { reverseSettlement } from './reverse-settlement.ts'
export { settlementRoutes } from './routes.ts'
export { slipRoutes } from './slip/routes.ts'
export { retryClaim, stuckClaims } from './stuck-claims.ts'
export { type Keyed, type Submitted, submitClaimIn } from './submit-claim.ts'
export { CLAIM_SUBMITTED } from './topics.ts'
export { type Trial, trySettlement } from './try-settlement.ts'
export type {
  Bill,
  ClaimContext,
  ClaimLine,
  ClaimRef,
  Identified,
  Reason,
  ResolvedLine,
  Result,
  SentLine,
} from './types.ts'
export * as visits from './visit/index.ts'
export type { Waiters } from './waiters.ts'
