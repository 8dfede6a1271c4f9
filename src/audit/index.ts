export { appendAudit, appendAudits, auditTerms, isFit } from './append-audit.ts'
export type { ChainPoint } from './chain.ts'
export { type AuditEvent, type AuditRecord, type AuditResult, COMMAND_LINE } from './event.ts'
export { exportChain, verifyExport } from './export.ts'
export { auditFhir } from './fhir-routes.ts'
export { listPersonAudit, type PersonAuditEntry } from './list-person-audit.ts'
export { auditSealing, type SealOptions, sealAudit } from './seal.ts'
export type { PersonAuditPage } from './store.ts'
export { readChainHead, type StoredChainVerdict, verifyChain } from './verify-chain.ts'
export { runAuditVerify, runAuditVerifyExport } from './verify-cli.ts'
export {
  type ChainEntry,
  type ChainFault,
  type ChainVerdict,
  type VerifyOptions,
  verifyRecords,
} from './verify-records.ts'
