import { appendAudit } from '../audit/index.ts'
import { announce } from '../kernel/change-feed.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { inTx } from '../kernel/tx.ts'
import { routingError } from './errors.ts'
import { ROUTING_CHANGED } from './open-policy.ts'
import { insertChannel, type NewChannel, nextChangeNo, upsertRule } from './policy-store.ts'
import type { RouteRule } from './types.ts'

interface By {
  readonly clientId: string
  readonly requestId: string
}

/**
 * A new row of figures for an event, in force from now or later. Rows in force are not changed, so that what was decided
 * under them stays what it was.
 */
export async function saveChannel(deps: Pick<Deps, 'db' | 'clock'>, by: By, channel: NewChannel): Promise<void> {
  if (channel.bodyDays > channel.logDays || channel.maxAgeMs > (channel.logDays - 1) * 86_400_000) {
    throw routingError('destination-invalid', {
      errors: [{ pointer: '/logDays', detail: 'must outlast the bodies and the longest time of trying' }],
    })
  }
  if (channel.effectiveFrom < deps.clock.now()) {
    throw routingError('destination-invalid', { errors: [{ pointer: '/effectiveFrom', detail: 'lies in the past' }] })
  }
  await inTx(deps.db, async (tx) => {
    await nextChangeNo(tx)
    if (await insertChannel(tx, channel)) await auditPolicy(tx, deps, by, 'channel')
    await announce(tx, ROUTING_CHANGED)
  })
}

export async function saveRule(
  deps: Pick<Deps, 'db' | 'clock'>,
  by: By,
  rule: RouteRule & { readonly sourceDocument: string; readonly verified: boolean },
): Promise<void> {
  if (rule.validTo !== null && rule.validTo < rule.validFrom) {
    throw routingError('destination-invalid', {
      errors: [{ pointer: '/validTo', detail: 'lies before the first day' }],
    })
  }
  await inTx(deps.db, async (tx) => {
    await nextChangeNo(tx)
    await upsertRule(tx, { ...rule, id: newId<'rule'>(), by: by.clientId, at: deps.clock.now() })
    await auditPolicy(tx, deps, by, 'rule')
    await announce(tx, ROUTING_CHANGED)
  })
}

async function auditPolicy(
  tx: Parameters<typeof appendAudit>[0],
  deps: Pick<Deps, 'clock'>,
  by: By,
  targetType: string,
): Promise<void> {
  await appendAudit(
    tx,
    {
      actor: by.clientId,
      actorOrg: by.clientId,
      role: 'operator',
      action: 'routing.policy-save',
      targetType,
      purpose: 'administration',
      basis: 'legal-duty',
      result: 'allowed',
      requestId: by.requestId,
    },
    deps.clock,
  )
}
