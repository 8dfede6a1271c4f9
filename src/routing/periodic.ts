import { needsReencryption, reencryptField } from '../kernel/crypto/index.ts'
import type { Deps } from '../kernel/deps.ts'
import type { Periodic } from '../kernel/periodic.ts'
import { inTx } from '../kernel/tx.ts'
import { bodyPlace, secretPlace } from './body-place.ts'
import { firstIdAt } from './id-at.ts'
import { readChannels, readDestinations, replaceSecret } from './policy-store.ts'
import {
  deleteBodies,
  deleteHandshakes,
  deleteIdleLanes,
  deleteMessages,
  readBodiesAfter,
  readEvents,
  replaceBody,
} from './prune-store.ts'
import { channelAt } from './rules.ts'

const DAY_MS = 86_400_000
const BATCH = 2_000
/** A lane that is made anew costs one row; one that is kept costs as much for ever. */
const IDLE_LANE_MS = DAY_MS
const HANDSHAKE_MS = 30 * DAY_MS

async function inBatches(remove: () => Promise<number>): Promise<void> {
  while ((await remove()) === BATCH);
}

/**
 * Removes bodies and log rows by the ages in force now, in small steps. An age that was shortened holds for what was written
 * before as well.
 */
export async function pruneRouting(deps: Pick<Deps, 'db' | 'clock'>): Promise<void> {
  const now = deps.clock.now()
  const ago = (days: number): string => firstIdAt(new Date(now.getTime() - days * DAY_MS))
  const channels = await readChannels(deps.db)
  for (const event of await readEvents(deps.db)) {
    const channel = channelAt(channels, event, now)
    // Without a figure nothing is removed.
    if (channel === undefined) continue
    await inBatches(() => deleteBodies(deps.db, event, ago(channel.bodyDays), BATCH))
    await inBatches(() => inTx(deps.db, (tx) => deleteMessages(tx, event, ago(channel.logDays), BATCH)))
  }
  await inBatches(() => deleteHandshakes(deps.db, new Date(now.getTime() - HANDSHAKE_MS), BATCH))
  await inBatches(() => deleteIdleLanes(deps.db, new Date(now.getTime() - IDLE_LANE_MS), BATCH))
}

const BODIES_A_STEP = 200

/**
 * Brings bodies and secrets to the active key, step by step; each is a transaction of its own and can be begun again anywhere.
 *
 * @returns how many rows were changed; none over a whole pass means that the older keys are needed no more
 */
export async function reencryptRouting(deps: Pick<Deps, 'db' | 'keyring'>): Promise<number> {
  const { keyring } = deps
  let moved = 0
  let after: { readonly event: string; readonly id: string } | undefined
  for (;;) {
    const rows = await inTx(deps.db, async (tx) => {
      const bodies = await readBodiesAfter(tx, after, BODIES_A_STEP)
      for (const row of bodies) {
        if (!needsReencryption(keyring, row.body)) continue
        await replaceBody(tx, { ...row, body: reencryptField(keyring, row.body, bodyPlace(row.id)) })
        moved += 1
      }
      return bodies
    })
    after = rows.at(-1)
    if (rows.length < BODIES_A_STEP) break
  }
  await inTx(deps.db, async (tx) => {
    for (const { code, secret } of await readDestinations(tx)) {
      if (secret === null || !needsReencryption(keyring, secret)) continue
      await replaceSecret(tx, code, reencryptField(keyring, secret, secretPlace(code)))
      moved += 1
    }
  })
  return moved
}

export function routingPeriodics(deps: Pick<Deps, 'db' | 'clock' | 'keyring' | 'log'>): Periodic[] {
  let done = deps.keyring.field.byId.size === 1
  return [
    { name: 'routing.prune', everyMs: 600_000, run: () => pruneRouting(deps) },
    {
      name: 'routing.reencrypt',
      everyMs: 60_000,
      async run() {
        if (done) return
        const moved = await reencryptRouting(deps)
        done = moved === 0
        deps.log.info(
          { area: 'routing', verb: 'reencrypt', moved, done },
          done ? 'messages need the older keys no more' : 'a pass over all bodies ended',
        )
      },
    },
  ]
}
