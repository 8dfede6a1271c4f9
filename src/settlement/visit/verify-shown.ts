import { type CardState, personOfCode, type VerificationAudit, verifyCarrier } from '../../cards/index.ts'
import type { Deps } from '../../kernel/deps.ts'
import { visitError } from './errors.ts'
import type { SaidOfPatient, Sender } from './types.ts'

/** What verifying needs besides the database. */
export type ShownDeps = Pick<Deps, 'db' | 'clock' | 'keyring' | 'config'> & {
  readonly cards: CardState
  readonly verificationAudit: VerificationAudit
}

/**
 * Whom the verifier of codes and carriers names for what was shown at the counter: the token of a card (01), a registered
 * social-security card (03). An identity number is no voucher, and a card that no bureau registered is a number like it.
 *
 * @param useKey of a call that pays: a code pays once, and the repeat of the call may use it again
 * @throws `visit.person-mismatch` with every reason of the verifier
 */
export async function verifyShown(
  deps: ShownDeps,
  by: Sender,
  { mdtrtCertType: type, mdtrtCertNo: number }: Pick<SaidOfPatient, 'mdtrtCertType' | 'mdtrtCertNo'>,
  useKey?: string,
): Promise<{ readonly personId: string } | undefined> {
  if (number === undefined || number === '' || (type !== '01' && type !== '03')) return undefined
  const { actor, institution, requestId } = by
  const asker = {
    clientId: actor.actor,
    org: institution,
    role: actor.role,
    institution,
    city: undefined,
    requestId,
    sourceAddress: actor.sourceAddress,
  }
  if (type === '01') {
    const purposes = useKey === undefined ? PRESENT : PAYING
    const owner = await personOfCode(deps, { code: number, purposes, useKey }, asker)
    if ('reasons' in owner) throw refused(owner.reasons.map((one) => one.code))
    return { personId: owner.personId }
  }
  const verdict = await verifyCarrier(
    deps,
    { kind: 'social-security-card', number, purpose: 'treatment' },
    { by: asker, withName: false },
  )
  if (verdict.verdict === 'accepted') return { personId: verdict.holder.personId }
  if (verdict.reasons.every((one) => one.code === 'carrier-unknown')) return undefined
  throw refused(verdict.reasons.map((one) => one.code))
}

const PAYING = ['settlement', 'purchase'] as const
const PRESENT = ['treatment', 'check-in', ...PAYING] as const

const refused = (codes: readonly string[]) =>
  visitError('person-mismatch', {
    detail: `mdtrt_cert_no: was refused by the verifier (${codes.join(', ')})`,
    errors: [{ pointer: '/mdtrt_cert_no', detail: 'was refused by the verifier' }],
    meta: { reasons: codes },
  })
