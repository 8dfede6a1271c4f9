import { hash } from 'node:crypto'
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import pg from 'pg'
import type { DB } from './db-types.generated.ts'

export type { DB }

/** What a store function takes: the pool or an open transaction. */
export type Db = Kysely<DB> | Transaction<DB>
export type Database = Kysely<DB>
export type Tx = Transaction<DB>

export interface DbOptions {
  readonly url: string
  /** Connections in the pool. */
  readonly max?: number
  /** Longest wait for a connection of the pool. */
  readonly waitMs?: number
  /** Shown in pg_stat_activity, so that an operator sees who holds a lock. */
  readonly name?: string
  /** Called once for a connection that fails, idle or in use (server restart, network); the pool replaces it. */
  readonly onIdleError?: (error: Error) => void
}

const INT8 = 20
const DATE = 1082

/**
 * Parsers live on the pool, never on the package: int8 is `bigint` (fen must not pass through a float) and
 * date is 'YYYY-MM-DD' (node-postgres would make a local-midnight Date of it).
 */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (format !== 'binary') {
      if (oid === INT8) return (text: string) => BigInt(text)
      if (oid === DATE) return (text: string) => text
    }
    return pg.types.getTypeParser(oid, format as 'text')
  },
}

const MARK = '/* prepared */'

/**
 * A statement that begins with this is prepared once per connection. For those of a hot path that take more planning than
 * running, and whose text never changes: each text is kept as long as its connection.
 */
export const PREPARED = sql.raw(MARK)

const names = new Map<string, string>()

function nameOf(text: string): string {
  let name = names.get(text)
  if (name === undefined) {
    name = hash('sha256', text, 'base64url')
    names.set(text, name)
  }
  return name
}

/** Kysely gives a statement no name, and without one PostgreSQL reads and plans it each time. */
class PreparingClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config)
    const query = (...input: unknown[]): unknown => (super.query as (...given: unknown[]) => unknown).apply(this, input)
    const named = (text: unknown, values?: unknown, ...rest: readonly unknown[]): unknown =>
      typeof text === 'string' && text.startsWith(MARK) && Array.isArray(values)
        ? query({ name: nameOf(text), text, values }, ...rest)
        : query(text, values, ...rest)
    this.query = named as pg.Client['query']
  }
}

export function createPool(options: DbOptions): pg.Pool {
  const pool = new pg.Pool({
    Client: PreparingClient,
    connectionString: options.url,
    // Statements of one transaction that are not waited for singly go out together, and run in their order.
    pipeline: true,
    max: options.max ?? 10,
    application_name: options.name ?? 'yimatong',
    types: types as pg.CustomTypesConfig,
    // Who gets no connection in this time hears it: work that waits for ever for itself would show nothing at all.
    connectionTimeoutMillis: options.waitMs ?? 10_000,
    // A statement that runs longer than this is a fault of ours; without a limit it would hold its locks for ever.
    statement_timeout: 60_000,
    idle_in_transaction_session_timeout: 60_000,
  })
  // An 'error' that nobody listens to ends the process. The pool listens to a client only while the client is idle; whoever
  // has one in use hears of the failure from the query, so for the process it is a line in the log.
  pool.on('connect', (client) => {
    let heard = false
    client.on('error', (error: Error) => {
      // The server's last word and then the closed socket: one failure.
      if (heard) return
      heard = true
      // A pool that ends does not wait for the server's last word; hearing it later is no fault.
      if (!pool.ending) options.onIdleError?.(error)
    })
  })
  // The same failure of an idle client once more: its own listener has reported it.
  pool.on('error', () => undefined)
  return pool
}

export function createDb(options: DbOptions): Database {
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool: createPool(options) }) })
}

/** True when the database answers; for readiness. */
export async function pingDb(db: Database): Promise<boolean> {
  try {
    await db.selectNoFrom((eb) => eb.lit(1).as('one')).execute()
    return true
  } catch {
    return false
  }
}
