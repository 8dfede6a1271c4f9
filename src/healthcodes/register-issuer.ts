import { createPublicKey } from 'node:crypto'
import { isCityCode } from '../codes/index.ts'
import { issuerName } from '../issuers/index.ts'
import { decodeBase64url } from '../kernel/base64url.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import type { FieldError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { auditHealth, type HealthCaller } from './caller.ts'
import { healthcodesError } from './errors.ts'
import { approveIssuerRow, type IssuerRecord, insertIssuer, readIssuers, withdrawIssuerRow } from './issuer-store.ts'
import { isIndependent } from './rules.ts'
import { nextRevision } from './setup-store.ts'
import type { IssuerJwk, IssuerVersion } from './types.ts'

const OURS = 'urn:yimatong:'

/**
 * Registers a version of an issuer: its level table, and for a foreign one its keys. It counts for nothing until another
 * client and another officer have approved it.
 */
export async function registerIssuer(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: { readonly issuer: Omit<IssuerVersion, 'city'>; readonly officer: string; readonly by: HealthCaller },
): Promise<IssuerRecord> {
  const { issuer, officer, by } = command
  const city = issuer.issuer.startsWith(OURS) ? issuer.issuer.slice(OURS.length) : null
  const problems = issuerProblems(issuer, city, by)
  if (problems.length > 0) throw healthcodesError('issuer-invalid', { errors: problems })
  const record: IssuerRecord = {
    ...issuer,
    city: city !== null && isCityCode(city) ? city : null,
    issuerVersionId: newId(),
    proposedBy: { clientId: by.clientId, officer },
    approvedBy: null,
    withdrawnAtMs: null,
  }
  await nextRevision(tx, { setup: true })
  if (!(await insertIssuer(tx, record, deps.clock.now()))) throw healthcodesError('issuer-exists')
  await auditHealth(deps, tx, by, {
    action: 'healthcodes.issuer-register',
    targetType: 'issuer',
    targetId: record.issuerVersionId,
    officer,
  })
  return record
}

function issuerProblems(
  issuer: Omit<IssuerVersion, 'city'>,
  city: string | null,
  by: HealthCaller,
): readonly FieldError[] {
  const { keys, levels, fromMs, toMs } = issuer
  const problems: FieldError[] = []
  if (city !== null && !(isCityCode(city) && by.city === city && issuer.issuer === issuerName(city))) {
    problems.push({ pointer: '/issuer', detail: 'is the name of a city that you do not act for' })
  }
  if (city !== null && keys.length > 0) {
    problems.push({ pointer: '/keys', detail: 'a city of ours signs with its published keys' })
  }
  if (city === null && keys.length === 0)
    problems.push({ pointer: '/keys', detail: 'a foreign issuer has one at least' })
  keys.forEach((jwk, index) => {
    if (!isUsable(jwk)) problems.push({ pointer: `/keys/${index}`, detail: 'is no public key of its algorithm' })
    if (keys.findIndex((one) => one.kid === jwk.kid) !== index) {
      problems.push({ pointer: `/keys/${index}/kid`, detail: 'comes twice' })
    }
  })
  levels.forEach((one, index) => {
    if (levels.findIndex((other) => other.issuerLevel === one.issuerLevel) !== index) {
      problems.push({ pointer: `/levels/${index}/issuerLevel`, detail: 'comes twice' })
    }
  })
  if (toMs !== null && toMs <= fromMs) problems.push({ pointer: '/to', detail: 'must be after from' })
  return problems
}

const CURVES: Readonly<Record<string, string>> = { ES256: 'EC P-256', EdDSA: 'OKP Ed25519', 'SM2-SM3': 'EC SM2' }

/** Bytes of a coordinate, on all three curves. */
const COORDINATE = 32

/** A key that cannot be read must be refused when it is registered, not when the first code is shown. */
function isUsable({ alg, kty, crv, x, y }: IssuerJwk): boolean {
  if (CURVES[alg] !== `${kty} ${crv}` || (kty === 'EC') !== (y !== undefined)) return false
  const sized = [x, y].every((one) => one === undefined || decodeBase64url(one)?.length === COORDINATE)
  if (!sized || alg === 'SM2-SM3') return sized
  try {
    createPublicKey({ format: 'jwk', key: y === undefined ? { kty, crv, x } : { kty, crv, x, y } })
    return true
  } catch {
    // No point of the curve.
    return false
  }
}

/** Approves a version. @throws `healthcodes.other-person-needed` */
export async function approveIssuer(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: { readonly issuerVersionId: string; readonly officer: string; readonly by: HealthCaller },
): Promise<IssuerRecord> {
  const { issuerVersionId, officer, by } = command
  const record = await mayDecide(tx, issuerVersionId, by)
  if (record.approvedBy !== null || record.withdrawnAtMs !== null) throw healthcodesError('issuer-decided')
  const approver = { clientId: by.clientId, officer }
  if (!isIndependent(approver, [record.proposedBy])) throw healthcodesError('other-person-needed')
  await approveIssuerRow(tx, issuerVersionId, approver, deps.clock.now())
  await auditHealth(deps, tx, by, {
    action: 'healthcodes.issuer-approve',
    targetType: 'issuer',
    targetId: issuerVersionId,
    officer,
  })
  return { ...record, approvedBy: approver }
}

/** Withdraws a version for good, at once and by one person: from here on its codes are not recognised. */
export async function withdrawIssuer(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: { readonly issuerVersionId: string; readonly officer: string; readonly by: HealthCaller },
): Promise<IssuerRecord> {
  const { issuerVersionId, officer, by } = command
  const record = await mayDecide(tx, issuerVersionId, by)
  if (record.withdrawnAtMs !== null) throw healthcodesError('issuer-decided')
  const now = deps.clock.now()
  await withdrawIssuerRow(tx, issuerVersionId, by.clientId, now)
  await auditHealth(deps, tx, by, {
    action: 'healthcodes.issuer-withdraw',
    targetType: 'issuer',
    targetId: issuerVersionId,
    officer,
  })
  return { ...record, withdrawnAtMs: now.getTime() }
}

/** A city's table belongs to its own CDC; foreign issuers to every CDC and the operator. */
async function mayDecide(tx: Tx, issuerVersionId: string, by: HealthCaller): Promise<IssuerRecord> {
  await nextRevision(tx, { setup: true })
  const [record] = await readIssuers(tx, { issuerVersionId })
  if (record === undefined || (record.city !== null && record.city !== by.city)) {
    throw healthcodesError('issuer-not-found')
  }
  return record
}
