import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, chown, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { acquireOwnership, isOwnedByLivingProcess, readOwner } from './embedded-postgres-owner.ts'
import { type Account, postgresAccount, reachableBinaries, reachableDir } from './embedded-postgres-place.ts'

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

const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 30_000
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

interface Cluster {
  readonly dir: string
  readonly dataDir: string
  readonly initdb: string
  readonly account: Account | null
  readonly durable: boolean
}

/** Creates the cluster once and returns the password; a half-made one, left by a kill, is thrown away. */
async function ensureCluster({ dir, dataDir, initdb, account, durable }: Cluster): Promise<string> {
  const passwordFile = join(dir, 'password')
  if (await exists(join(dataDir, 'PG_VERSION'))) return (await readFile(passwordFile, 'utf8')).trim()

  const unfinished = `${dataDir}.new`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { mode: 0o700 })
  const password = randomBytes(24).toString('base64url')
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  if (account !== null) {
    await chown(unfinished, account.uid, account.gid)
    await chown(passwordFile, account.uid, account.gid)
  }
  const flags = [
    `--pgdata=${unfinished}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The built-in provider sorts and folds the same way on every machine, whatever locales are installed.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(durable ? [] : ['--no-sync']),
  ]
  const child = spawn(initdb, flags, { ...childOptions(dir, account), stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done))
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${complaint.trim()}`)
  await rename(unfinished, dataDir)
  return password
}

interface Server {
  readonly dir: string
  readonly dataDir: string
  readonly postgres: string
  readonly account: Account | null
  readonly port: number
  readonly durable: boolean
}

async function spawnServer({ dir, dataDir, postgres, account, port, durable }: Server) {
  const logFile = join(dir, 'postgres.log')
  if (await exists(logFile)) await rename(logFile, `${logFile}.previous`)
  const logHandle = await open(logFile, 'a', 0o600)
  const flags = Object.entries(settings(port, durable)).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(postgres, ['-D', dataDir, ...flags], {
    ...childOptions(dir, account),
    stdio: ['ignore', logHandle.fd, logHandle.fd],
    // A session of its own: Ctrl-C in a terminal reaches the whole process group, and the database must outlive
    // the requests that are being drained.
    detached: true,
  })
  const exited = new Promise<void>((done) => child.once('exit', () => done()).once('error', () => done()))
  const hasExited = () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null
  // The last resort when our process ends without stop(): an exit handler runs for process.exit and uncaught errors.
  const onExit = () => void (hasExited() || child.kill('SIGINT'))
  process.once('exit', onExit)

  const stop = async () => {
    if (!hasExited()) child.kill('SIGINT')
    const graceful = await Promise.race([exited.then(() => true), sleep(STOP_TIMEOUT_MS, false, { ref: false })])
    if (!graceful) {
      // Immediate shutdown: no checkpoint, the next start replays the write-ahead log.
      child.kill('SIGQUIT')
      await exited
    }
    process.removeListener('exit', onExit)
  }

  try {
    await untilReady(dataDir, child.pid, hasExited)
  } catch (cause) {
    await stop()
    const lines = (await readFile(logFile, 'utf8')).trim().split('\n').slice(-8).join('\n')
    throw new Error(`embedded PostgreSQL did not start on port ${port}:\n${lines}`, { cause })
  } finally {
    await logHandle.close()
  }
  return { pid: child.pid as number, stop }
}

function settings(port: number, durable: boolean): Record<string, string | number> {
  return {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: durable ? '256MB' : '128MB',
    max_wal_size: '2GB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Statements short and many: compiling them costs more than it gains.
    jit: 'off',
    // A log without personal data: no statement texts, no DETAIL line with the values of a violated key.
    log_min_messages: 'warning',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' }),
  }
}

/** PostgreSQL writes its state on the eighth line of its pid file; pg_ctl waits on the same line. */
async function untilReady(dataDir: string, pid: number | undefined, hasExited: () => boolean): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS
  while (performance.now() < deadline) {
    if (hasExited()) throw new Error('the server process ended')
    const lines = await pidFile(dataDir)
    if (Number(lines?.[0]) === pid && lines?.[7]?.trim() === 'ready') return
    await sleep(15)
  }
  throw new Error(`the server was not ready after ${START_TIMEOUT_MS} ms`)
}

/** Stops a server whose owner was killed; it is recognised by its pid file and by its command line naming this folder. */
async function stopOrphan(dataDir: string, log: (line: string) => void): Promise<void> {
  const pid = Number((await pidFile(dataDir))?.[0])
  if (!Number.isInteger(pid) || pid <= 0) return
  if (await runsOn(pid, dataDir)) {
    log(`stopping the PostgreSQL server (pid ${pid}) that a killed process left behind`)
    process.kill(pid, 'SIGINT')
    const deadline = performance.now() + STOP_TIMEOUT_MS
    while (await runsOn(pid, dataDir)) {
      if (performance.now() > deadline) throw new Error(`the orphaned PostgreSQL server (pid ${pid}) does not stop`)
      await sleep(25)
    }
  }
  // A pid file whose pid is no server of this folder: killed too, or given to another program, or never reaped.
  // PostgreSQL would take any live pid for a rival. Without the file it still refuses to start while a process of
  // the former server is attached to the shared memory, whose key is made from the data folder.
  await rm(join(dataDir, 'postmaster.pid'), { force: true })
}

/** A pid may have been given to another program since, so where /proc tells the command line, it must name our folder. */
async function runsOn(pid: number, dataDir: string): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  if (!(await exists('/proc/self/cmdline'))) return true
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return commandLine.split('\0').includes(dataDir)
}

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

/** The port is kept so that an address once printed stays good, unless another program has taken it meanwhile. */
async function choosePort(file: string, log: (line: string) => void): Promise<number> {
  const remembered = Number(await readFile(file, 'utf8').catch(() => '0'))
  const port = (remembered > 0 && (await freePort(remembered))) || (await freePort(0))
  if (port === null) throw new Error('no free port on 127.0.0.1')
  if (remembered > 0 && port !== remembered) log(`port ${remembered} is taken by another program, using ${port}`)
  await writeFile(file, `${port}\n`)
  return port
}

function freePort(wanted: number): Promise<number | null> {
  return new Promise((done) => {
    const probe = createServer()
    probe.once('error', () => done(null))
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => done(address !== null && typeof address === 'object' ? address.port : null))
    })
  })
}

/** The caller's PG* variables would change what initdb and the server do, so they get a bare environment. */
const childOptions = (cwd: string, account: Account | null) => ({
  cwd,
  env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' },
  ...(account === null ? {} : { uid: account.uid, gid: account.gid }),
})

const pidFile = async (dataDir: string): Promise<string[] | null> =>
  (await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => null))?.split('\n') ?? null

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
