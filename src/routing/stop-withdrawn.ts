import { appendAudits } from '../audit/index.ts'
import { decryptFieldBytes } from '../kernel/crypto/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { idsOfPerson } from '../people/index.ts'
import { type ConsentDeps, stoppedBy, typesIn } from './ask-consent.ts'
import { bodyPlace } from './body-place.ts'
import { lockLanes, readBodies, settleLanes } from './courier-store.ts'
import { readJson } from './read-json.ts'
import { cancelStopped, idleLanes, readUndelivered, type Undelivered } from './stop-store.ts'

const BATCH = 200

/**
 * Ends what is not delivered yet and may not be any more, after a person withdrew a consent. The courier asks before each
 * delivery anyway; without this a message at a paused destination, or one that waits for its next attempt, would be kept on
 * the strength of a word that is gone. What is on its way at this moment is asked about again if it has to be sent again.
 *
 * @returns how many were stopped
 */
export async function stopWithdrawn(
  deps: ConsentDeps & Pick<Deps, 'db' | 'keyring'>,
  personId: string,
): Promise<number> {
  const personIds = await idsOfPerson(deps.db, personId)
  let stopped = 0
  let after: Undelivered | undefined
  for (;;) {
    const open = await readUndelivered(deps.db, personIds, after, BATCH)
    const bodies = await readBodies(deps.db, open)
    const refused: { readonly one: Undelivered; readonly reason: string }[] = []
    for (const one of open) {
      const stored = bodies.get(one.messageId)
      if (stored === undefined) continue
      const body = decryptFieldBytes(deps.keyring, stored, bodyPlace(one.messageId))
      const reason = await stoppedBy(deps, { ...one, types: typesIn(readJson(body)) })
      if (reason !== undefined) refused.push({ one, reason })
    }
    stopped += await stop(deps, refused)
    after = open.at(-1)
    if (open.length < BATCH) return stopped
  }
}

async function stop(
  deps: Pick<Deps, 'db' | 'clock'>,
  refused: readonly { readonly one: Undelivered; readonly reason: string }[],
): Promise<number> {
  if (refused.length === 0) return 0
  const now = deps.clock.now()
  const lanes = [...new Map(refused.map(({ one }) => [`${one.destination} ${one.subject}`, one])).values()]
  return await inTx(deps.db, async (tx) => {
    await lockLanes(tx, lanes)
    const ended = await cancelStopped(
      tx,
      refused.map(({ one, reason }) => ({ ...one, reason })),
      now,
    )
    // A lane that is being sent from keeps its claim; whoever holds it looks at its head in the end.
    await settleLanes(tx, await idleLanes(tx, lanes), now)
    await appendAudits(
      tx,
      refused
        .filter(({ one }) => ended.has(`${one.destination} ${one.messageId}`))
        .map(({ one, reason }) => ({
          actor: 'routing',
          actorOrg: 'hub',
          role: 'system',
          onBehalfOf: one.destination,
          action: 'routing.stop',
          targetType: 'message',
          targetId: one.messageId,
          personRef: one.personId ?? undefined,
          purpose: 'treatment',
          basis: 'consent',
          result: 'refused',
          reasonCodes: [reason],
        })),
      deps.clock,
    )
    return ended.size
  })
}
