import { createHash } from 'node:crypto'
import { parseFhirJson, type Resource } from '../fhir/index.ts'
import { decryptField, encryptField, type Keyring } from '../kernel/crypto/index.ts'
import type { LabReport, ReportForPatient } from './types.ts'

/**
 * One report of one institution, whatever its patient: found again without its number standing in the table. Laboratories
 * number for themselves, and many give all orders of a specimen one number: what was ordered tells these apart.
 */
export function reportKey({ institution, laboratory, numberSpace, reportNo, panel }: LabReport): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(['labs.report', institution, laboratory, numberSpace, reportNo, panel.code]))
    .digest()
}

const factsPlace = (rowId: string) => ({ table: 'labs_report', column: 'facts_encrypted', rowId })
const bodyPlace = (rowId: string) => ({ table: 'labs_report', column: 'body_encrypted', rowId })
const versionPlace = (rowId: string) => ({ table: 'labs_report_version', column: 'facts_encrypted', rowId })
const reviewPlace = (rowId: string) => ({ table: 'labs_review', column: 'facts_encrypted', rowId })

export const sealFacts = (keyring: Keyring, reportId: string, report: LabReport): Buffer =>
  encryptField(keyring, JSON.stringify(report), factsPlace(reportId))

export const openFacts = (keyring: Keyring, reportId: string, stored: Buffer): LabReport =>
  JSON.parse(decryptField(keyring, stored, factsPlace(reportId))) as LabReport

export const sealBody = (keyring: Keyring, reportId: string, resources: readonly Resource[]): Buffer =>
  encryptField(keyring, JSON.stringify(resources), bodyPlace(reportId))

/** Resources as they were built, decimals with their spelling. */
export const openBody = (keyring: Keyring, reportId: string, stored: Buffer): readonly Resource[] =>
  parseFhirJson(decryptField(keyring, stored, bodyPlace(reportId))) as readonly Resource[]

export const sealVersion = (keyring: Keyring, entryId: string, report: LabReport): Buffer =>
  encryptField(keyring, JSON.stringify(report), versionPlace(entryId))

export const sealReview = (keyring: Keyring, reviewId: string, report: ReportForPatient): Buffer =>
  encryptField(keyring, JSON.stringify(report), reviewPlace(reviewId))

export const openReview = (keyring: Keyring, reviewId: string, stored: Buffer): ReportForPatient =>
  JSON.parse(decryptField(keyring, stored, reviewPlace(reviewId))) as ReportForPatient

/** Where each column's value belongs: what the rotation of field keys must write again. */
export const SEALED = {
  reportFacts: factsPlace,
  reportBody: bodyPlace,
  version: versionPlace,
  review: reviewPlace,
} as const
