// What the folder of a server keeps over its stops: the cluster with its password, and the port.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Account, exists, spawnOptions } from './embedded-postgres-place.ts'

/** Where the data lies, and who makes it with what. */
export interface Cluster {
  readonly dir: string
  readonly dataDir: string
  readonly initdb: string
  readonly account: Account | null
  readonly durable: boolean
}

/** Creates the cluster once and returns the password; a half-made one, left by a kill, is thrown away. */
export async function ensureCluster({ dir, dataDir, initdb, account, durable }: Cluster): Promise<string> {
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
  const child = spawn(initdb, flags, { ...spawnOptions(dir, account), stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done))
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${complaint.trim()}`)
  await rename(unfinished, dataDir)
  return password
}

/** The port is kept so that an address once printed stays good, unless another program has taken it meanwhile. */
export async function choosePort(file: string, log: (line: string) => void): Promise<number> {
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
