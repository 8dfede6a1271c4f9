import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { readConfig } from '../kernel/config.ts'
import { createDb } from '../kernel/db.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../kernel/embedded-postgres.ts'
import { migrateToLatest } from '../kernel/migrate.ts'
import { openRuntime } from '../runtime.ts'
import {
  freePorts,
  type Sandbox,
  type SandboxHospital,
  type Spawned,
  seedSandbox,
  spawnProcess,
  startSandboxHospitals,
} from '../sandbox/index.ts'
import { routes } from '../subscriptions.ts'
import type { Capture } from './capture.ts'

/** The service as it runs in the demo: every part a process of its own, on free ports. */
export interface Stack {
  readonly publicUrl: string
  readonly dataDir: string
  readonly databaseUrl: string
  /** Where the jobs are, if not in the database. */
  readonly redisUrl: string | undefined
  readonly sandbox: Sandbox
  readonly hospitals: readonly SandboxHospital[]
  /** Kills the worker as a power cut would. */
  killWorker(): Promise<void>
  startWorker(): Promise<void>
  /** Runs `node src/main.ts …` to its end; its output is captured. */
  run(args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }>
}

type Stops = (() => Promise<unknown>)[]

const MAIN = join(import.meta.dirname, '..', 'main.ts')

/** Starts everything in a fresh folder. What was started is in `stops`, also when a later part fails. */
export async function startStack(dataDir: string, capture: Capture, stops: Stops): Promise<Stack> {
  const postgres = await startFreshPostgres(join(dataDir, 'postgres'))
  stops.push(() => postgres.stop())
  // Only now: while another demo runs here, its files must stay.
  await Promise.all(['sandbox', 'report.html'].map((name) => rm(join(dataDir, name), { recursive: true, force: true })))
  const [port] = await freePorts(1)
  const publicUrl = `http://127.0.0.1:${port}`
  const env = environment({ dataDir, port: String(port), publicUrl, databaseUrl: postgres.url })
  const { sandbox, hospitals } = await seed(env, postgres.url, capture, stops)

  const main = async (part: 'api' | 'worker', name: string): Promise<Spawned> => {
    const child = await spawnProcess({
      script: MAIN,
      args: [part],
      env,
      readyMember: 'ready',
      onLog: capture.of(name),
    })
    stops.push(() => child.stop())
    return child
  }
  let workers = 1
  const [firstWorker] = await Promise.all([main('worker', 'worker 1'), main('api', 'api')])
  let worker = firstWorker
  return {
    publicUrl,
    dataDir,
    databaseUrl: postgres.url,
    redisUrl: process.env['REDIS_URL'] || undefined,
    sandbox,
    hospitals,
    killWorker: () => worker.kill(),
    async startWorker() {
      worker = await main('worker', `worker ${++workers}`)
    },
    run: (args) => runMain(args, env, capture),
  }
}

/** Whatever an earlier run has left is removed, wherever the server keeps it (a killed demo leaves its database). */
async function startFreshPostgres(dir: string): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dir, persistent: false })
  if (await isEmpty(server.url)) return server
  await server.stop()
  return await startEmbeddedPostgres({ dir, persistent: false })
}

async function isEmpty(url: string): Promise<boolean> {
  const db = createDb({ url, max: 1, name: 'ymt-demo' })
  try {
    const found = await sql`select 1 from pg_tables where schemaname = 'public' limit 1`.execute(db)
    return found.rows.length === 0
  } finally {
    await db.destroy()
  }
}

interface Place {
  readonly dataDir: string
  readonly port: string
  readonly publicUrl: string
  readonly databaseUrl: string
}

/** The demo's own settings; whatever the caller's shell sets for another service is emptied, which means unset. */
function environment(place: Place): Record<string, string> {
  return {
    ...Object.fromEntries(
      Object.keys(process.env)
        .filter((name) => name.startsWith('YMT_'))
        .map((name) => [name, '']),
    ),
    DATABASE_URL: place.databaseUrl,
    YMT_SANDBOX_KEYS: 'true',
    YMT_DATA_DIR: place.dataDir,
    YMT_PORT: place.port,
    YMT_PUBLIC_URL: place.publicUrl,
  }
}

async function seed(env: Record<string, string>, databaseUrl: string, capture: Capture, stops: Stops) {
  const config = readConfig({ ...process.env, ...env, YMT_LOG_LEVEL: 'warn' })
  const runtime = openRuntime({ config, databaseUrl, name: 'demo-seed', routes })
  try {
    await migrateToLatest(runtime.deps.db)
    const sandbox = await seedSandbox(runtime.deps)
    const hospitals = await startSandboxHospitals(runtime.deps, sandbox, {
      admin: true,
      onLog: (code, text) => capture.of(`hospital ${code}`)(text),
    })
    stops.push(...hospitals.map((one) => () => one.process.stop()))
    return { sandbox, hospitals }
  } finally {
    await runtime.close()
  }
}

async function runMain(args: readonly string[], env: Record<string, string>, capture: Capture) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const keep = (text: string): void => {
    output += text
    capture.of(args.join(' '))(text)
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  const code = await new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject))
  return { code, output: output.trim() }
}
