import { type Database, type Db, type Tx } from './db.ts'
import {
  insertOutboxRows,
  markDead,
  markDone,
  markFailed,
  markSent,
  type OutboxRow,
  type Patience,
  readOutboxRow,
  takeForgotten,
  takeUnsent,
} from './outbox-store.ts'
import type { Clock } from './time.ts'
import { inTx } from './tx.ts'

/** What a subscriber receives. `payload` holds ids only. */
export interface OutboxEvent {
  readonly id: bigint
  readonly topic: string
  readonly payload: Readonly<Record<string, string>>
  readonly requestId: string | null
}

/** One reaction to a topic. The handler may run more than once and must make its effect under a unique key. */
export interface Subscription {
  readonly topic: string
  readonly queue: string
  handle(event: OutboxEvent): Promise<void>
}

/** Topic and queue of each subscription; the appending side needs no handlers. */
export type Routes = readonly Pick<Subscription, 'topic' | 'queue'>[]

/** Puts wake-up jobs on a queue; the queue may forget them, the rows do not. */
export type Enqueue = (queue: string, jobs: readonly QueueEntry[]) => Promise<void>

export interface QueueEntry {
  readonly topic: string
  readonly outboxId: bigint
  readonly sends: number
  readonly createdAt: Date
}

export interface Outbox {
  /** Writes the event in the caller's transaction. Call `wake` after the commit. */
  append(
    tx: Tx,
    event: { topic: string; payload: Record<string, string>; requestId?: string | undefined },
  ): Promise<void>
  /** Sends what was committed, without making the caller wait. Safe to forget: the relay of any process does it later. */
  wake(): void
  /** One round of the relay; returns how many rows were sent. */
  relay(): Promise<number>
  /** Sends again what was sent long ago and never finished (a lost or emptied queue). */
  sweep(patience: Patience): Promise<number>
  /** Resolves when no relay round is running. */
  settled(): Promise<void>
}

export interface OutboxDeps {
  readonly db: Database
  readonly clock: Clock
  readonly routes: Routes
  readonly enqueue: Enqueue
  readonly onError: (error: unknown) => void
}

const BATCH = 500

export function createOutbox(deps: OutboxDeps): Outbox {
  let running: Promise<void> | undefined
  let again = false

  const send = async (rows: readonly OutboxRow[]): Promise<void> => {
    const byQueue = Map.groupBy(rows, (row) => row.queue)
    for (const [queue, group] of byQueue) {
      await deps.enqueue(
        queue,
        group.map((row) => ({ topic: row.topic, outboxId: row.id, sends: row.sends, createdAt: row.createdAt })),
      )
    }
  }

  // Enqueue happens while the rows are locked and before they are marked: a crash in between sends them again,
  // and the handler finds its work done. The other order could lose an event.
  const round = (take: (tx: Tx) => Promise<readonly OutboxRow[]>): Promise<number> =>
    inTx(deps.db, async (tx) => {
      const rows = await take(tx)
      if (rows.length === 0) return 0
      await send(rows)
      await markSent(
        tx,
        rows.map((row) => row.id),
        deps.clock.now(),
      )
      return rows.length
    })

  const relay = async (): Promise<number> => {
    let total = 0
    for (;;) {
      const sent = await round((tx) => takeUnsent(tx, BATCH))
      total += sent
      if (sent < BATCH) return total
    }
  }

  const loop = async (): Promise<void> => {
    do {
      again = false
      await relay()
    } while (again)
  }

  return {
    async append(tx, event) {
      const queues = deps.routes.filter((route) => route.topic === event.topic).map((route) => route.queue)
      await insertOutboxRows(tx, { ...event, queues, createdAt: deps.clock.now() })
    },
    wake() {
      again = true
      running ??= loop()
        .catch(deps.onError)
        .finally(() => {
          running = undefined
        })
    },
    relay,
    async sweep(patience) {
      return await round((tx) => takeForgotten(tx, deps.clock.now(), patience, BATCH))
    },
    async settled() {
      await running
    },
  }
}

/** What happened to one delivery, for the log line of the job. */
export type Delivery = 'done' | 'already-done' | 'unknown-topic' | 'given-up'

/**
 * Sendings after which a topic that nobody handles is given up. With the worker's patience that is about an hour: longer
 * than processes of two versions run side by side.
 */
const SENDS_OF_UNKNOWN = 10

/**
 * Runs the subscriber of one outbox row. Throws what the handler throws; `failDelivery` records it.
 * The row is marked after the handler's own commit: a crash between the two repeats the handler.
 */
export async function deliver(
  db: Database,
  clock: Clock,
  subscriptions: readonly Subscription[],
  outboxId: bigint,
): Promise<Delivery> {
  const row = await readOutboxRow(db, outboxId)
  if (row === undefined || row.doneAt !== null) return 'already-done'
  const subscription = subscriptions.find((one) => one.topic === row.topic && one.queue === row.queue)
  if (subscription === undefined) {
    if (row.sends < SENDS_OF_UNKNOWN) return 'unknown-topic'
    await markDead(db, row.id, 'unknown-topic', clock.now())
    return 'given-up'
  }
  await subscription.handle({ id: row.id, topic: row.topic, payload: row.payload, requestId: row.requestId })
  await markDone(db, row.id, clock.now())
  return 'done'
}

/** Records a failed delivery; `final` moves it to the dead letters, where only a person takes it out again. */
export async function failDelivery(db: Db, outboxId: bigint, error: string, at: Date, final: boolean): Promise<void> {
  await (final ? markDead(db, outboxId, error, at) : markFailed(db, outboxId, error))
}
