import { type CardState, type Purpose, personOfCode, type VerificationAudit, verifyCarrier } from '../cards/index.ts'
import type { Deps } from '../kernel/deps.ts'
import type { Call } from './call.ts'
import { nhsaError } from './errors.ts'

export type VoucherDeps = Pick<Deps, 'db' | 'clock' | 'keyring' | 'config'> & {
  readonly cards: CardState
  readonly verificationAudit: VerificationAudit
}

/** What was shown at the counter: mdtrt_cert_type 01 a code of this hub, 02 an identity number, 03 a social-security card. */
export interface Shown {
  readonly type: string
  readonly number: string
  readonly cardSn: string
  readonly purposes: readonly Purpose[]
  /** Where the code is used up: by the message, so that its repeat may use it again. */
  readonly useKey?: string | undefined
}

/**
 * The person behind a shown voucher, as far as a verifier knows: that of a code, or the holder of a registered card; undefined
 * for what is a number and nothing more, which the person index compares.
 *
 * @throws `nhsa.voucher-refused` with every reason
 */
export async function holderOf(deps: VoucherDeps, call: Call, shown: Shown): Promise<string | undefined> {
  if (shown.type === '03' && shown.cardSn === '') throw nhsaError('card-sn-missing')
  if (shown.number === '' || shown.type === '02') return undefined
  const by = {
    clientId: call.by.clientId,
    org: call.institution.code,
    role: call.by.role,
    institution: call.institution.code,
    city: undefined,
    requestId: call.by.requestId,
    sourceAddress: call.by.sourceAddress,
  }
  if (shown.type === '01') {
    const owner = await personOfCode(deps, { code: shown.number, purposes: shown.purposes, useKey: shown.useKey }, by)
    if ('reasons' in owner) throw refused(owner.reasons)
    return owner.personId
  }
  // A card that is not in the register of carriers may still be a number of the person index.
  const verdict = await verifyCarrier(
    deps,
    { kind: 'social-security-card', number: shown.number, purpose: 'treatment' },
    { by, withName: false },
  )
  if (verdict.verdict === 'accepted') return verdict.holder.personId
  if (verdict.reasons.every((one) => one.code === 'carrier-unknown')) return undefined
  throw refused(verdict.reasons)
}

const refused = (reasons: readonly { readonly zh: string }[]) =>
  nhsaError('voucher-refused', { meta: { reasonsZh: reasons.map((one) => one.zh) } })
