import { appendAudit, COMMAND_LINE } from '../audit/index.ts'
import { announce } from '../kernel/change-feed.ts'
import type { Deps } from '../kernel/deps.ts'
import { parseStrictObject } from '../kernel/strict-json.ts'
import { inTx } from '../kernel/tx.ts'
import { foreignError } from './errors.ts'
import { createForeignTrust } from './lists/create-trust.ts'
import type { DccCertificateJson } from './lists/dcc-list.ts'
import type { ShcIssuerJson } from './lists/shc-list.ts'
import { lockHead, replaceDccCertificates, replaceShcIssuers, saveHead } from './store.ts'
import type { ListHead } from './trust.ts'
import type { ForeignFormat } from './types.ts'

/** What the processes listen for. */
export const FOREIGN_CHANGED = 'foreign'

/** A list from the future would keep every honest one out until then. */
const FUTURE_MS = 86_400_000

/**
 * Replaces the trust list of a format. It is checked whole before anything is written; an older list, brought again,
 * would undo revocations and bring back keys, so only a higher version that is not older is taken.
 *
 * @throws `foreign.list-invalid`, `foreign.list-expired`, `foreign.list-older`
 */
export async function importTrustList(
  deps: Pick<Deps, 'db' | 'clock'>,
  order: { readonly format: ForeignFormat; readonly text: string },
): Promise<ListHead> {
  const { format } = order
  const list = parseStrictObject(order.text.trim())
  if (list === undefined)
    throw foreignError('list-invalid', { detail: 'It is not a JSON object, or has a member twice.' })
  const head = createForeignTrust({ [format]: list })[format]
  if (head === undefined) throw new TypeError(`no trust of the format ${format}`)
  const now = deps.clock.now()
  if (head.validUntilMs <= now.getTime()) throw foreignError('list-expired')
  if (head.issuedAtMs > now.getTime() + FUTURE_MS) {
    throw foreignError('list-invalid', { detail: 'issuedAt lies in the future.' })
  }
  await inTx(deps.db, async (tx) => {
    const current = await lockHead(tx, format)
    if (current !== undefined && (head.version <= current.version || head.issuedAtMs < current.issuedAtMs)) {
      throw foreignError('list-older', {
        detail: `Version ${current.version} of ${new Date(current.issuedAtMs).toISOString()} is in force.`,
      })
    }
    // Its form was checked above.
    if (format === 'shc') await replaceShcIssuers(tx, list['issuers'] as readonly ShcIssuerJson[])
    else await replaceDccCertificates(tx, list['certificates'] as readonly DccCertificateJson[])
    await saveHead(tx, { format, head, by: COMMAND_LINE.actor, at: now })
    await appendAudit(
      tx,
      {
        ...COMMAND_LINE,
        action: 'foreign.import-list',
        targetType: 'trust-list',
        targetId: `${format}:${head.version}`,
        purpose: 'administration',
        basis: 'legal-duty',
        result: 'allowed',
      },
      deps.clock,
    )
    await announce(tx, FOREIGN_CHANGED)
  })
  return head
}
