import { spawn } from 'node:child_process'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Account, exists, spawnOptions } from './embedded-postgres-place.ts'

const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 30_000

/** What one run of the server needs. */
export interface Server {
  readonly dir: string
  readonly dataDir: string
  readonly postgres: string
  readonly account: Account | null
  readonly port: number
  readonly durable: boolean
}

/** Runs the server until `stop` is called; resolves once it takes connections. */
export async function spawnServer({ dir, dataDir, postgres, account, port, durable }: Server) {
  const logFile = join(dir, 'postgres.log')
  if (await exists(logFile)) await rename(logFile, `${logFile}.previous`)
  const logHandle = await open(logFile, 'a', 0o600)
  const flags = Object.entries(settings(port, durable)).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(postgres, ['-D', dataDir, ...flags], {
    ...spawnOptions(dir, account),
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
export async function stopOrphan(dataDir: string, log: (line: string) => void): Promise<void> {
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

const pidFile = async (dataDir: string): Promise<string[] | null> =>
  (await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => null))?.split('\n') ?? null
