import type { CityCode } from '../codes/index.ts'
import type { IssuerKeys } from '../issuers/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { inTx } from '../kernel/tx.ts'
import { auditHealth, type HealthCaller } from './caller.ts'
import { healthcodesError } from './errors.ts'
import type { HealthCodeState } from './state.ts'
import { insertVerification } from './verification-store.ts'
import { type HealthVerdict, verifyHealthCode } from './verify-health-code.ts'

export interface ShownHealthCode {
  readonly verificationId: string
  readonly verdict: HealthVerdict
}

/** Reads a shown code and keeps that it was read, so that its reader can be told of a correction. */
export async function verifyShownHealthCode(
  deps: Pick<Deps, 'db' | 'clock'> & { readonly healthCodes: HealthCodeState; readonly issuerKeys: IssuerKeys },
  code: string,
  by: HealthCaller,
): Promise<ShownHealthCode> {
  const { healthCodes } = deps
  const now = deps.clock.now()
  const nowMs = now.getTime()
  if (!healthCodes.isActive(nowMs)) throw healthcodesError('dormant')
  const verdict = await verifyHealthCode(
    {
      keys: deps.issuerKeys,
      registry: healthCodes.registry(),
      policy: healthCodes.policy(),
      isActive: healthCodes.isActive,
      versionState: healthCodes.versionState,
    },
    code,
    { nowMs },
  )
  // Kept under the order of the issuing city, so that its end takes the trace of the level with it.
  const issuingCity = cityOfIssuer(healthCodes, verdict.issuer)
  const order =
    (issuingCity && healthCodes.activeOrder(issuingCity, nowMs)) ??
    (by.city && healthCodes.activeOrder(by.city, nowMs)) ??
    healthCodes.activeOrder(undefined, nowMs)
  if (order === undefined) throw healthcodesError('dormant')
  const verificationId = newId()
  const reasons = verdict.reasons.map((one) => one.code)
  await inTx(deps.db, async (tx) => {
    await insertVerification(tx, {
      verificationId,
      clientId: by.clientId,
      orderId: order.orderId,
      issuer: verdict.issuer,
      stateId: verdict.stateId,
      result: verdict.result,
      reasons,
      at: now,
    })
    await auditHealth(deps, tx, by, {
      action: 'healthcodes.code-verify',
      targetType: 'code',
      targetId: verdict.stateId ?? undefined,
      personId: verdict.stateId === null ? undefined : healthCodes.personOf(verdict.stateId),
      orderId: order.orderId,
      result: verdict.result === 'recognised' ? 'allowed' : 'refused',
      reasonCodes: reasons,
    })
  })
  return { verificationId, verdict }
}

function cityOfIssuer(healthCodes: HealthCodeState, issuer: string | null): CityCode | undefined {
  if (issuer === null) return undefined
  return (
    healthCodes
      .registry()
      .of(issuer)
      ?.find((one) => one.city !== null)?.city ?? undefined
  )
}
