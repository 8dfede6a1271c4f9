import { sql } from 'kysely'
import type { Database } from './db.ts'

export interface Locks {
  /** Runs `work` while no other session holds the lock of this name; does nothing where one does. */
  runAlone(name: string, work: () => Promise<void>): Promise<void>
}

/** One connection, taken from the pool while at least one lock is held. */
interface Session {
  /** Queries go one after the other: a connection answers one at a time. */
  ask<T>(query: (connection: Database) => Promise<T>): Promise<T>
  giveBack(): void
  users: number
}

/**
 * Advisory locks for work that uses the same pool. A session holds any number of locks, so all of them share one
 * connection: with one each, as many locks as the pool has connections would leave none for the work under them. Where
 * that connection fails, PostgreSQL lets the locks go and the next call opens another one. A session may take its own
 * lock again: do not run one name twice at a time.
 */
export function openLocks(db: Database): Locks {
  let current: Session | undefined

  const leave = (session: Session, broken: boolean): void => {
    session.users--
    if ((broken || session.users === 0) && current === session) current = undefined
    if (session.users === 0) session.giveBack()
  }

  return {
    async runAlone(name, work) {
      current ??= openSession(db)
      const session = current
      session.users++
      let broken = true
      try {
        const lock = await session.ask((connection) =>
          sql<{ taken: boolean }>`select pg_try_advisory_lock(hashtextextended(${name}, 0)) as taken`.execute(
            connection,
          ),
        )
        broken = false
        if (lock.rows[0]?.taken !== true) return
        try {
          await work()
        } finally {
          broken = true
          await session.ask((connection) =>
            sql`select pg_advisory_unlock(hashtextextended(${name}, 0))`.execute(connection),
          )
          broken = false
        }
      } finally {
        leave(session, broken)
      }
    },
  }
}

function openSession(db: Database): Session {
  const opened = Promise.withResolvers<Database>()
  const done = Promise.withResolvers<void>()
  db.connection()
    .execute(async (connection) => {
      opened.resolve(connection)
      await done.promise
    })
    .catch(opened.reject)
  let last: Promise<unknown> = opened.promise
  return {
    async ask(query) {
      const before = last
      // Who asked hears of a failure; the next one asks all the same.
      const answer = before.catch(() => undefined).then(async () => query(await opened.promise))
      last = answer
      return await answer
    },
    giveBack: done.resolve,
    users: 0,
  }
}
