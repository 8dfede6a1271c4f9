import { appendAudit } from '../audit/index.ts'
import { readInstitutionCode } from '../institutions/index.ts'
import { inTx } from '../kernel/tx.ts'
import type { LabsDeps } from './caller.ts'
import { labsError } from './errors.ts'
import { isNetwork } from './peer.ts'
import { type Sender, saveSender } from './sender-store.ts'

/** Registers a laboratory system, or changes how it may send. @throws `labs.sender-invalid` */
export async function registerSender(
  deps: Pick<LabsDeps, 'db' | 'clock'>,
  sender: Sender,
  by: { readonly clientId: string; readonly requestId?: string; readonly sourceAddress?: string },
): Promise<Sender> {
  readInstitutionCode(sender.institution, '/institution')
  const errors = sender.addresses.flatMap((one, index) =>
    isNetwork(one) ? [] : [{ pointer: `/addresses/${index}`, detail: 'is no address and no CIDR block of some' }],
  )
  if (errors.length > 0) throw labsError('sender-invalid', { errors })
  await inTx(deps.db, async (tx) => {
    await saveSender(tx, sender, by.clientId, deps.clock.now())
    await appendAudit(
      tx,
      {
        actor: by.clientId,
        actorOrg: 'hub',
        role: 'operator',
        action: 'labs.sender-save',
        targetType: 'sender',
        targetId: sender.facility,
        purpose: 'operations',
        basis: 'legal-duty',
        result: 'allowed',
        requestId: by.requestId,
        sourceAddress: by.sourceAddress,
      },
      deps.clock,
    )
  })
  return sender
}
