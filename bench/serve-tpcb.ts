import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { fastify } from 'fastify'
import pg from 'pg'
import { BillBody, TrialBody } from '../src/settlement/schema.ts'
import { answer } from './answer.ts'

/**
 * What settlement is compared with: the transaction of TPC-B (three updates, a select, an insert) through `pg`, the
 * least that any bookkeeping on this server costs, as plain loops that nothing else disturbs. And what a trial is compared
 * with: a bare route of the same schemas.
 */
const CLIENTS = 16
const ACCOUNTS = 100_000
/** One per client, as pgbench advises: with fewer, the clients would only wait for each other. */
const BRANCHES = CLIENTS
const TELLERS = 10 * BRANCHES

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: CLIENTS })
await pool.query(`
  create schema if not exists bench;
  drop table if exists bench.branches, bench.tellers, bench.accounts, bench.history;
  create table bench.branches (bid int primary key, balance bigint not null) with (fillfactor = 10);
  create table bench.tellers (tid int primary key, bid int not null, balance bigint not null) with (fillfactor = 10);
  create table bench.accounts (aid int primary key, bid int not null, balance bigint not null, filler char(84) not null default '');
  create table bench.history (tid int, bid int, aid int, delta bigint, at timestamptz, filler char(22));
  insert into bench.branches select n, 0 from generate_series(1, ${BRANCHES}) n;
  insert into bench.tellers select n, 1 + n % ${BRANCHES}, 0 from generate_series(1, ${TELLERS}) n;
  insert into bench.accounts select n, 1 + n % ${BRANCHES}, 0 from generate_series(1, ${ACCOUNTS}) n;
`)
await pool.query('vacuum analyze bench.branches, bench.tellers, bench.accounts')

const app = fastify().withTypeProvider<TypeBoxTypeProvider>()
/** What a trial answers, at once: the same schemas, nothing behind them. */
let trial: unknown
app.post('/trial-echo', { schema: { body: BillBody, response: { 200: TrialBody } } }, async () => trial as never)
const url = await app.listen({ host: '127.0.0.1', port: 0 })

answer({ url: () => url, loop, echo: (body: unknown) => void (trial = body) }, async () => {
  await app.close()
  await pool.end()
})

/** Transactions a second of all clients together, and the WAL that they wrote. */
async function loop(seconds: number): Promise<{ perSecond: number; count: number; wal: number }> {
  const before = await walBytes()
  let count = 0
  const started = performance.now()
  const until = started + seconds * 1000
  const run = async (): Promise<void> => {
    const client = await pool.connect()
    try {
      for (; performance.now() < until; count++) await transfer(client)
    } finally {
      client.release()
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, run))
  const perSecond = count / ((performance.now() - started) / 1000)
  return { perSecond, count, wal: (await walBytes()) - before }
}

async function walBytes(): Promise<number> {
  const { rows } = await pool.query<{ wal: string }>("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::text as wal")
  return Number(rows[0]?.wal)
}

async function transfer(client: pg.PoolClient): Promise<void> {
  const [aid, tid, bid] = [upTo(ACCOUNTS), upTo(TELLERS), upTo(BRANCHES)]
  const delta = upTo(10_000) - 5_000
  await client.query('begin')
  try {
    await client.query('update bench.accounts set balance = balance + $1 where aid = $2', [delta, aid])
    await client.query('select balance from bench.accounts where aid = $1', [aid])
    await client.query('update bench.tellers set balance = balance + $1 where tid = $2', [delta, tid])
    await client.query('update bench.branches set balance = balance + $1 where bid = $2', [delta, bid])
    await client.query(
      'insert into bench.history (tid, bid, aid, delta, at) values ($1, $2, $3, $4, current_timestamp)',
      [tid, bid, aid, delta],
    )
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

function upTo(most: number): number {
  return 1 + Math.floor(Math.random() * most)
}
