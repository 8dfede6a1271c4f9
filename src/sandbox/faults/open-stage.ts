import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type IdentityKeys,
  mintAccessToken,
  openTokenKeys,
  registerClient,
  SCOPES_BY_ROLE,
} from '../../identity/index.ts'
import { readConfig } from '../../kernel/config.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../kernel/embedded-postgres.ts'
import { checkKeyring } from '../../kernel/keyring-check.ts'
import { migrateToLatest } from '../../kernel/migrate.ts'
import { openRuntime, type Runtime } from '../../runtime.ts'
import { freePorts } from '../start-hospitals.ts'
import { type OwnRedis, startOwnRedis } from './start-redis.ts'
import { type Supervised, supervise } from './supervised.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'main.ts')
/** Tokens live five minutes. */
const TOKEN_FOR_MS = 120_000

/** Gives a token that is good for a while yet. */
export type Token = () => Promise<string>

/** The hub in processes of its own, with its stores; everything can be broken. */
export interface Stage {
  readonly runtime: Runtime
  readonly urls: readonly string[]
  readonly apis: readonly Supervised[]
  readonly workers: readonly Supervised[]
  /** Tokens of each hospital that the stage was opened for, in their order. */
  readonly tokens: readonly Token[]
  /** Immediate shutdown, as after a crash, and start again: the write-ahead log is replayed. */
  restartPostgres(): Promise<void>
  /** Undefined where queues are in PostgreSQL. */
  readonly emptyRedis: (() => Promise<void>) | undefined
  close(): Promise<void>
}

export interface StageOptions {
  readonly queue: 'postgres' | 'redis'
  /** How many APIs, and how many workers. */
  readonly processes: number
  /** Codes of the hospitals that ask. */
  readonly senders: readonly string[]
  /** Before any process starts: what the run needs in the database, and what else must run beside it. */
  prepare(runtime: Runtime, onClose: (stop: () => Promise<unknown>) => void): Promise<void>
  /** Beside what every process gets. */
  readonly env?: { readonly api?: Readonly<Record<string, string>>; readonly worker?: Readonly<Record<string, string>> }
}

export async function openStage(options: StageOptions): Promise<Stage> {
  const stops: (() => Promise<unknown>)[] = []
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop()
  }
  try {
    const dir = await mkdtemp(join(tmpdir(), 'ymt-faults-'))
    stops.push(() => rm(dir, { recursive: true, force: true }))
    const postgresDir = join(dir, 'postgres')
    let postgres: EmbeddedPostgres = await startEmbeddedPostgres({ dir: postgresDir })
    stops.push(() => postgres.stop())
    const redis: OwnRedis | undefined = options.queue === 'redis' ? await startOwnRedis() : undefined
    if (redis !== undefined) stops.push(() => redis.stop())

    const ports = await freePorts(options.processes)
    const env = {
      DATABASE_URL: postgres.url,
      ...(redis === undefined ? {} : { REDIS_URL: redis.url }),
      YMT_DATA_DIR: dir,
      YMT_SANDBOX_KEYS: 'true',
      YMT_LOG_LEVEL: 'error',
      YMT_PUBLIC_URL: `http://127.0.0.1:${ports[0]}`,
      YMT_RATE_PER_MINUTE: '100000000',
      YMT_RATE_PER_ADDRESS_MINUTE: '100000000',
    }
    const runtime = openRuntime({ config: readConfig(env), databaseUrl: postgres.url, name: 'faults', routes: [] })
    stops.push(() => runtime.close())
    const { deps } = runtime
    await migrateToLatest(deps.db)
    if (!(await checkKeyring(deps.db, deps.keyring, deps.clock)))
      throw new Error('the keyring is not that of the database')
    await options.prepare(runtime, (stop) => stops.push(stop))
    const keys = await openTokenKeys(deps)
    stops.push(async () => await keys.close())
    const tokens: Token[] = []
    for (const institution of options.senders) tokens.push(await openToken(runtime, keys, institution))

    const apis = await Promise.all(
      ports.map((port) =>
        supervise({
          script: MAIN,
          args: ['api'],
          env: { ...env, ...options.env?.api, YMT_PORT: String(port) },
          readyMember: 'ready',
        }),
      ),
    )
    stops.push(() => Promise.all(apis.map((one) => one.stop())))
    const workers = await Promise.all(
      ports.map(() =>
        supervise({ script: MAIN, args: ['worker'], env: { ...env, ...options.env?.worker }, readyMember: 'ready' }),
      ),
    )
    stops.push(() => Promise.all(workers.map((one) => one.stop())))
    return {
      runtime,
      urls: ports.map((port) => `http://127.0.0.1:${port}`),
      apis,
      workers,
      tokens,
      async restartPostgres() {
        process.kill(postgres.pid, 'SIGQUIT')
        await postgres.stop()
        // A moment without any database, as a restart takes.
        await sleep(300)
        postgres = await startEmbeddedPostgres({ dir: postgresDir })
      },
      emptyRedis: redis?.empty,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function openToken({ deps }: Runtime, keys: IdentityKeys, institution: string): Promise<Token> {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const client = {
    clientId: `faults-${institution.toLowerCase()}`,
    role: 'hospital' as const,
    institution,
    city: undefined,
  }
  await registerClient(deps, { ...client, jwks: { keys: [publicKey.export({ format: 'jwk' })] } })
  let kept: { readonly token: Promise<string>; readonly until: number } | undefined
  return async () => {
    if (kept === undefined || performance.now() > kept.until) {
      const order = { issuer: deps.config.publicUrl, ...client, scopes: SCOPES_BY_ROLE.hospital }
      kept = { token: mintAccessToken(keys, order, deps.clock), until: performance.now() + TOKEN_FOR_MS }
    }
    return await kept.token
  }
}
