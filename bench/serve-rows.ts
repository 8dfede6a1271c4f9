import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { answer } from './answer.ts'
import { MESSAGE_BYTES, SENDERS } from './records-route.ts'

/**
 * What routing is compared with: the least that keeps a message. A single-row insert with a commit of its own for each,
 * through `pg`, on the same server; nothing else disturbs it.
 */
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: SENDERS })
await pool.query(`
  create schema if not exists bench;
  drop table if exists bench.message;
  create table bench.message (id uuid primary key, at timestamptz not null, body bytea not null);
`)
// As random as what is encrypted: nothing that the server could make smaller.
const body = Buffer.from(Array.from({ length: MESSAGE_BYTES }, () => Math.floor(Math.random() * 256)))

answer({ insert }, () => pool.end())

/** Rows a second of all clients together. */
async function insert(seconds: number): Promise<number> {
  let count = 0
  const started = performance.now()
  const until = started + seconds * 1000
  const run = async (): Promise<void> => {
    const client = await pool.connect()
    try {
      for (; performance.now() < until; count++) {
        const text = 'insert into bench.message (id, at, body) values ($1, now(), $2)'
        await client.query({ name: 'insert', text, values: [randomUUID(), body] })
      }
    } finally {
      client.release()
    }
  }
  await Promise.all(Array.from({ length: SENDERS }, run))
  return count / ((performance.now() - started) / 1000)
}
