export { type CardState, openCardState } from './card-state.ts'
export { cardsError } from './errors.ts'
export { type IssuedCard, issueCards, seedCards } from './issue-cards.ts'
export { revokeIssuerKey, rotateIssuerKey, seedIssuers } from './issuer-keys.ts'
export { cardsPeriodic } from './periodic.ts'
export { cardsRoutes } from './routes.ts'
export type {
  AcceptedCode,
  CardCaller,
  CardId,
  CodeVerdict,
  Freshness,
  Holder,
  Purpose,
  Refusal,
  RefusalCode,
  RefusedCode,
} from './types.ts'
export { useCodeOnce } from './use-code.ts'
export { openVerificationAudit, type VerificationAudit } from './verification-audit.ts'
export { type CardMemory, type VerifyContext, verifyCode } from './verify-code.ts'
export { type ShownCode, verifyShownCode } from './verify-shown-code.ts'
