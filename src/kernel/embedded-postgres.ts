import { readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { choosePort, ensureCluster } from './embedded-postgres-cluster.ts'
import { acquireOwnership, isOwnedByLivingProcess, readOwner } from './embedded-postgres-owner.ts'
import { postgresAccount, reachableBinaries, reachableDir } from './embedded-postgres-place.ts'
import { spawnServer, stopOrphan } from './embedded-postgres-server.ts'

/** What {@link startEmbeddedPostgres} needs. */
export interface EmbeddedPostgresOptions {
  /** Folder of its own for this server; everything below it belongs to the server. */
  readonly dir: string
  /** Unset: a free port is chosen on the first start and kept for the next ones. */
  readonly port?: number
  /** `false` deletes the folder on stop. */
  readonly persistent?: boolean
  /** `false` gives up safety against power loss for speed: for tests only. */
  readonly durable?: boolean
  /** Gets one line for each thing a person may want to know (folder moved, orphan stopped, port changed). */
  readonly log?: (line: string) => void
}

/** A running server of ours. */
export interface EmbeddedPostgres {
  readonly url: string
  readonly dataDir: string
  readonly pid: number
  /** Fast shutdown (SIGINT): open transactions are rolled back, the data is left clean. Safe to call twice. */
  stop(): Promise<void>
}

const DATABASE = 'yimatong'

/**
 * Starts a real PostgreSQL server for one machine, from the binaries of the `embedded-postgres` package.
 *
 * The package's own class is not used: it puts handlers on SIGINT and SIGTERM that end the process before our
 * requests and jobs are drained. Only its binaries are.
 *
 * What happens when the owning process is killed with -9: the server keeps running (it is a process of its own, its
 * log goes to a file and not to a pipe), so nothing committed is lost. The next start finds that the owner is dead,
 * stops the orphan with a fast shutdown and starts afresh on the same port. It does not attach to the orphan, because
 * a server that is not our child could not be waited for on stop, and would keep the settings of the former start.
 *
 * @throws Error when another living process owns the folder, naming its process id and the address.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => {})
  const account = await postgresAccount(log)
  // First: a production install has no binaries, and is told so before anything is written.
  const bin = await reachableBinaries(account, log)
  const dir = await reachableDir(resolve(options.dir), account, log)

  const ownership = await acquireOwnership(dir)
  try {
    const dataDir = join(dir, 'data')
    await stopOrphan(dataDir, log)
    const password = await ensureCluster({
      dir,
      dataDir,
      initdb: bin.initdb,
      account,
      durable: options.durable ?? true,
    })
    const port = options.port ?? (await choosePort(join(dir, 'port'), log))
    const url = addressOf(password, port, DATABASE)
    await ownership.announce(`127.0.0.1:${port}`)
    const server = await spawnServer({
      dir,
      dataDir,
      postgres: bin.postgres,
      account,
      port,
      durable: options.durable ?? true,
    })
    try {
      await ensureDatabase(addressOf(password, port, 'postgres'))
    } catch (cause) {
      await server.stop()
      throw cause
    }
    const release = async () => {
      await server.stop()
      await ownership.release()
      if (options.persistent === false) await rm(dir, { recursive: true, force: true })
    }
    let stopped: Promise<void> | undefined
    return { url, dataDir, pid: server.pid, stop: () => (stopped ??= release()) }
  } catch (cause) {
    await ownership.release()
    throw cause
  }
}

/**
 * The address of the server that another living process runs in this folder, so that a command such as `token` can
 * work beside `npm start`; `null` when none runs.
 */
export async function findEmbeddedPostgres(dir: string): Promise<{ url: string; pid: number } | null> {
  const place = await reachableDir(resolve(dir), await postgresAccount(() => {}), () => {})
  const owner = await readOwner(place)
  if (owner?.address === undefined || !(await isOwnedByLivingProcess(owner))) return null
  const password = (await readFile(join(place, 'password'), 'utf8')).trim()
  const port = Number(owner.address.split(':')[1])
  return { url: addressOf(password, port, DATABASE), pid: owner.pid }
}

const addressOf = (password: string, port: number, database: string) =>
  `postgres://postgres:${password}@127.0.0.1:${port}/${database}`

async function ensureDatabase(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const found = await client.query('select from pg_database where datname = $1', [DATABASE])
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`)
  } finally {
    await client.end()
  }
}
