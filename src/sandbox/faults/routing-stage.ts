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
import { seedHospitals } from '../../records/index.ts'
import { saveChannel } from '../../routing/index.ts'
import { openRuntime, type Runtime } from '../../runtime.ts'
import { type Spawned, spawnProcess } from '../spawn-process.ts'
import { freePorts } from '../start-hospitals.ts'
import type { Arrival } from './check-arrivals.ts'
import { type OwnRedis, startOwnRedis } from './start-redis.ts'
import { type Supervised, supervise } from './supervised.ts'

const HOSPITALS = ['H51060300001', 'H51140200001', 'H51200200001'] as const
const SENDER = 'H51010400001'
const MAIN = join(import.meta.dirname, '..', '..', 'main.ts')
const HOSPITAL = join(import.meta.dirname, '..', 'hospital', 'main.ts')
/** Tokens live five minutes. */
const TOKEN_FOR_MS = 120_000

/** The hub in processes of its own, and the systems around it; everything can be broken. */
export interface RoutingStage {
  readonly runtime: Runtime
  readonly urls: readonly string[]
  readonly hospitals: readonly string[]
  readonly apis: readonly Supervised[]
  readonly workers: readonly Supervised[]
  token(): Promise<string>
  /** Immediate shutdown, as after a crash, and start again: the write-ahead log is replayed. */
  restartPostgres(): Promise<void>
  /** Undefined where queues are in PostgreSQL. */
  readonly emptyRedis: (() => Promise<void>) | undefined
  fault(hospital: number, fault: object): Promise<void>
  arrivals(hospital: number): Promise<readonly Arrival[]>
  close(): Promise<void>
}

export async function openRoutingStage(options: {
  readonly queue: 'postgres' | 'redis'
  readonly processes: number
}): Promise<RoutingStage> {
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

    const hospitals = await Promise.all(
      HOSPITALS.map((code) =>
        spawnProcess({ script: HOSPITAL, args: ['--code', code, '--open', '--admin'], readyMember: 'listening' }),
      ),
    )
    stops.push(() => Promise.all(hospitals.map((one) => one.stop())))
    await seedHospitals(
      deps,
      hospitals.map((one, index) => ({
        institution: HOSPITALS[index] as string,
        baseUrl: String(one.ready['listening']),
        auth: { kind: 'none' },
      })),
    )
    await saveFigures(runtime)
    const keys = await openTokenKeys(deps)
    stops.push(async () => await keys.close())
    const token = await openTokens(runtime, keys)

    const api = (port: number) =>
      supervise({ script: MAIN, args: ['api'], env: { ...env, YMT_PORT: String(port) }, readyMember: 'ready' })
    const apis = await Promise.all(ports.map(api))
    stops.push(() => Promise.all(apis.map((one) => one.stop())))
    const workers = await Promise.all(
      ports.map(() => supervise({ script: MAIN, args: ['worker'], env, readyMember: 'ready' })),
    )
    stops.push(() => Promise.all(workers.map((one) => one.stop())))
    return {
      runtime,
      urls: ports.map((port) => `http://127.0.0.1:${port}`),
      hospitals: HOSPITALS,
      apis,
      workers,
      token,
      async restartPostgres() {
        process.kill(postgres.pid, 'SIGQUIT')
        await postgres.stop()
        // A moment without any database, as a restart takes.
        await sleep(300)
        postgres = await startEmbeddedPostgres({ dir: postgresDir })
      },
      emptyRedis: redis?.empty,
      fault: (hospital, fault) => tellHospital(hospitals[hospital] as Spawned, fault),
      arrivals: (hospital) => askHospital(hospitals[hospital] as Spawned),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Impatient figures: what takes hours in life takes seconds here. Nothing is given up. */
async function saveFigures({ deps }: Runtime): Promise<void> {
  await saveChannel(
    deps,
    { clientId: 'faults', requestId: 'faults' },
    {
      event: 'referral',
      effectiveFrom: deps.clock.now(),
      maxBodyBytes: 65_536,
      maxAttempts: 1_000,
      maxAgeMs: 3_600_000,
      backoffBaseMs: 100,
      backoffCapMs: 1_000,
      deadlineMs: 1_000,
      retryUnknown: true,
      deadBlocks: true,
      bodyDays: 7,
      logDays: 31,
      sourceDocument: 'faults test',
      verified: false,
    },
  )
}

async function openTokens({ deps }: Runtime, keys: IdentityKeys): Promise<() => Promise<string>> {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const client = { clientId: 'faults', role: 'hospital' as const, institution: SENDER, city: undefined }
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

async function tellHospital(hospital: Spawned, fault: object): Promise<void> {
  const answer = await fetch(new URL('/admin/fault', String(hospital.ready['listening'])), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  })
  if (answer.status !== 204) throw new Error(`a hospital did not take the fault: ${answer.status}`)
}

async function askHospital(hospital: Spawned): Promise<readonly Arrival[]> {
  const answer = await fetch(new URL('/admin/messages', String(hospital.ready['listening'])))
  const { received } = (await answer.json()) as { received: readonly Arrival[] }
  return received
}
