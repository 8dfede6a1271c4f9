import { type RawBuilder, sql } from 'kysely'
import pg from 'pg'
import type { Db } from './db.ts'
import type { Logger } from './log.ts'

const CHANNEL = 'ymt_changes'

/** Pause before connecting again; the copies in memory are read at their own pace meanwhile. */
const RECONNECT_MS = 250

/**
 * Tells the copies in memory, in every process, that something of theirs was committed (LISTEN/NOTIFY). It only makes
 * them read earlier: who misses a word, because the connection was lost or a pooler swallowed it, reads at the next
 * tick of its catch-up, and its age says how old it is until then.
 */
export interface ChangeFeed {
  /**
   * `wake` is called for each announcement of the area with its detail, and without one when the connection is there
   * (again): then anything may have been missed. Returns the way out.
   */
  subscribe(area: string, wake: (detail?: string) => void): () => Promise<void>
}

export interface ChangeFeedOptions {
  readonly url: string
  /** Shown in pg_stat_activity. */
  readonly name: string
  readonly log: Logger
}

/** Heard by all processes when the transaction commits, and not at all when it does not. `detail` is a short id. */
export async function announce(tx: Db, area: string, detail?: string): Promise<void> {
  await sql`select pg_notify(${CHANNEL}, ${detail === undefined ? area : `${area} ${detail}`})`.execute(tx)
}

/** The same as a part of the statement that makes the change; `detail` is a column of it. */
export function announcement(area: string, detail: RawBuilder<string>): RawBuilder<unknown> {
  return sql`pg_notify(${CHANNEL}, ${`${area} `} || ${detail})`
}

/** One connection of the process for all areas: made for the first subscriber, closed after the last. */
export function createChangeFeed(options: ChangeFeedOptions): ChangeFeed {
  const { log } = options
  const wakes = new Map<string, Set<(detail?: string) => void>>()
  let client: pg.Client | undefined
  let retry: NodeJS.Timeout | undefined

  const wakeAll = (): void => {
    for (const ofArea of wakes.values()) for (const wake of ofArea) wake()
  }

  const lose = (lost: pg.Client, error?: unknown): void => {
    if (client !== lost) return
    client = undefined
    if (wakes.size === 0) return
    log.warn({ err: error }, 'the connection that announces changes was lost; connecting again')
    retry = setTimeout(connect, RECONNECT_MS)
  }

  const connect = (): void => {
    retry = undefined
    const made = new pg.Client({
      connectionString: options.url,
      application_name: options.name,
      // A peer that vanished without a word would otherwise be listened to for ever.
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: 10_000,
    })
    client = made
    made.on('error', (error) => lose(made, error))
    made.on('end', () => lose(made))
    made.on('notification', ({ payload }) => {
      const [area = '', detail] = (payload ?? '').split(' ', 2)
      for (const wake of wakes.get(area) ?? []) wake(detail)
    })
    made
      .connect()
      .then(() => made.query(`listen ${CHANNEL}`))
      // What was announced before the ear was open.
      .then(wakeAll)
      .catch((error: unknown) => {
        lose(made, error)
        return made.end().catch(() => undefined)
      })
  }

  return {
    subscribe(area, wake) {
      const ofArea = wakes.get(area) ?? new Set()
      wakes.set(area, ofArea.add(wake))
      if (client === undefined && retry === undefined) connect()
      return async () => {
        ofArea.delete(wake)
        if (ofArea.size === 0 && wakes.get(area) === ofArea) wakes.delete(area)
        if (wakes.size > 0) return
        clearTimeout(retry)
        retry = undefined
        const last = client
        client = undefined
        await last?.end()
      }
    },
  }
}
