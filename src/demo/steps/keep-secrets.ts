import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { sql } from 'kysely'
import { createDb } from '../../kernel/db.ts'
import { expectPresent, expectSame, expectThat } from '../expect.ts'
import type { Step, Story } from '../facts.ts'

interface Place {
  readonly place: string
  readonly texts: readonly string[]
  readonly unit: string
}

export const keepSecrets: Step = {
  name: 'privacy',
  title: 'No identity number or name in any log line, address, job or code',
  titleZh: '日志、网址、任务、二维码均不含个人信息',
  async run(story) {
    const { facts, stack } = story
    const { people } = stack.sandbox
    const secrets = [...new Set(people.flatMap((one) => [one.idNumber, one.name, one.phone]))]
    const leaksIn = (texts: readonly string[]): number =>
      texts.filter((text) => secrets.some((secret) => text.includes(secret))).length
    // The control: in the records that a hospital keeps for itself the same search must find them.
    const own = join(
      stack.dataDir,
      'sandbox',
      'hospitals',
      `${expectPresent('a hospital', stack.hospitals[0]).code}.json`,
    )
    expectThat(
      'personal data in a hospital’s own records',
      leaksIn([await readFile(own, 'utf8')]) === 1,
      'found',
      'none',
    )
    const places = await gather(story)
    for (const { place, texts } of places) {
      expectThat(`something was looked at: ${place}`, texts.length > 0, 'at least one', texts.length)
      expectSame(`places with personal data: ${place}`, leaksIn(texts), 0)
    }
    facts.privacy = {
      secrets: secrets.length,
      places: places.map(({ place, texts, unit }) => ({ place, looked: texts.length, unit })),
    }
    return {
      lines: [
        `looked for ${secrets.length} identity numbers, names and phone numbers in ${places.map(({ place, texts, unit }) => `${texts.length} ${unit} (${place})`).join(', ')}: found 0`,
      ],
      figures: { secrets: secrets.length, found: 0 },
    }
  },
}

async function gather({ api, capture, facts, stack }: Story): Promise<readonly Place[]> {
  const cards = expectPresent('the cards', facts.cards)
  const codes = [
    cards.chengdu.card,
    cards.deyang.card,
    cards.lost.card,
    cards.brief.card,
    expectPresent('the dynamic code', facts.dynamicCode),
    ...stack.sandbox.cards.map((one) => one.card),
  ]
  return [
    { place: 'output of all processes', texts: capture.all().flatMap((one) => one.text.split('\n')), unit: 'lines' },
    {
      place: 'addresses the hospitals were asked at',
      texts: capture
        .all()
        .flatMap((one) => (one.process.startsWith('hospital') ? one.text.trim().split('\n') : []))
        .map(decodeURIComponent),
      unit: 'addresses',
    },
    // Decoded, or a number in the query would hide behind its percent signs.
    { place: 'addresses asked', texts: api.urls().map((url) => decodeURIComponent(url)), unit: 'addresses' },
    {
      place: 'queue, outbox and all other tables',
      texts: [...(await readJobs(stack.databaseUrl)), ...(await readRedis(stack.redisUrl))],
      unit: 'rows',
    },
    { place: 'cards and codes, decoded', texts: codes.map(decode), unit: 'codes' },
  ]
}

/** Every row of every table as text, the queue's own included: the only look past the API, for this proof. */
async function readJobs(databaseUrl: string): Promise<readonly string[]> {
  const db = createDb({ url: databaseUrl, max: 1, name: 'ymt-demo' })
  try {
    const tables = await sql<{ schema: string; name: string }>`
      select schemaname as schema, tablename as name from pg_tables
      where schemaname in ('bullmq', 'public')
    `.execute(db)
    expectThat('tables of jobs', tables.rows.length > 0, 'the outbox at least', tables.rows)
    const rows = []
    for (const { schema, name } of tables.rows) {
      const found = await sql<{
        text: string
      }>`select t::text as text from ${sql.table(`${schema}.${name}`)} t`.execute(db)
      rows.push(...found.rows.map((row) => row.text))
    }
    return rows
  } finally {
    await db.destroy()
  }
}

/** Every job and everything else under the queues' prefix, whatever its type. */
async function readRedis(url: string | undefined): Promise<readonly string[]> {
  if (url === undefined) return []
  const redis = new Redis(url)
  try {
    const found: string[] = []
    for await (const keys of redis.scanStream({ match: '{ymt}*', count: 500 }) as AsyncIterable<string[]>) {
      for (const key of keys) found.push(`${key} ${JSON.stringify(await readKey(redis, key))}`)
    }
    return found
  } finally {
    redis.disconnect()
  }
}

async function readKey(redis: Redis, key: string): Promise<unknown> {
  const type = await redis.type(key)
  switch (type) {
    case 'string':
      return await redis.get(key)
    case 'hash':
      return await redis.hgetall(key)
    case 'list':
      return await redis.lrange(key, 0, -1)
    case 'set':
      return await redis.smembers(key)
    case 'zset':
      return await redis.zrange(key, '0', '-1')
    case 'stream':
      return await redis.xrange(key, '-', '+')
    case 'none':
      // Ran out between the two calls.
      return null
    default:
      throw new Error(`a key of the unknown type ${type}`)
  }
}

/** Header and payload of a code in clear, as anybody who photographs it can read them. */
const decode = (code: string): string =>
  code
    .split('.')
    .slice(0, 2)
    .map((part) => Buffer.from(part, 'base64url').toString('utf8'))
    .join('')
