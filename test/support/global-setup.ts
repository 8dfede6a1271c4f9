import { randomBytes } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { createDb } from '../../src/kernel/db.ts'
import { startEmbeddedPostgres } from '../../src/kernel/embedded-postgres.ts'
import { migrateToLatest } from '../../src/kernel/migrate.ts'
import { removeAbandoned } from './abandoned.ts'
import { startRedis } from './redis-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A server on which test files make their databases. */
    adminUrl: string
    /** The migrated database that they clone; nothing may be connected to it. */
    templateName: string
    redisUrl: string
  }
}

/** One PostgreSQL, one migrated template and one Redis for all test files of a project. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeAbandoned()
  const stops: (() => Promise<void>)[] = []
  const stopAll = async () => {
    for (const stop of stops.reverse()) await stop()
  }
  try {
    const adminUrl = process.env['YMT_TEST_DATABASE_URL'] ?? (await startServer(stops))
    const templateName = `ymt_template_${randomBytes(6).toString('hex')}`
    await onServer(adminUrl, `create database ${templateName}`)
    stops.push(() => onServer(adminUrl, `drop database ${templateName}`))

    const db = createDb({ url: databaseUrl(adminUrl, templateName) })
    try {
      await migrateToLatest(db)
    } finally {
      await db.destroy()
    }

    const redis = await startRedis()
    stops.push(redis.stop)

    project.provide('adminUrl', adminUrl)
    project.provide('templateName', templateName)
    project.provide('redisUrl', redis.url)
    return stopAll
  } catch (cause) {
    await stopAll()
    throw cause
  }
}

async function startServer(stops: (() => Promise<void>)[]): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'ymt-test-postgres-'))
  const server = await startEmbeddedPostgres({ dir, persistent: false, durable: false })
  stops.push(server.stop)
  return server.url
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}
