// Every optional package that a package names has its entry in the lockfile, for all systems; `--write` adds missing
// ones. npm leaves out those that its registry does not hold (a mirror with packages for one system only), and then
// `npm ci` refuses the lockfile everywhere.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const FILE = join(import.meta.dirname, '..', '..', 'package-lock.json')
const lockfile = JSON.parse(readFileSync(FILE, 'utf8'))
const packages = lockfile.packages
const missing = Object.entries(packages).flatMap(([path, entry]) =>
  Object.entries(entry.optionalDependencies ?? {})
    .filter(([name]) => !isLocked(path, name))
    .map(([name, range]) => ({ name, entry: platformEntry(name, range, entry) })),
)

if (missing.length > 0 && process.argv.includes('--write')) {
  for (const { name, entry } of missing) packages[`node_modules/${name}`] = entry
  lockfile.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(FILE, `${JSON.stringify(lockfile, null, 2)}\n`)
  console.log(`added ${missing.length} entries`)
} else if (missing.length > 0) {
  for (const { name } of missing) console.log(`not in package-lock.json: ${name}`)
  console.log('add them with: node scripts/checks/lockfile.mjs --write')
  process.exitCode = 1
} else {
  console.log(`${Object.keys(packages).length} packages, every optional one for every system`)
}

/** A package is looked for as Node does: beside its parent's own packages, then outwards. */
function isLocked(path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(at.lastIndexOf('/node_modules/'), 0))) {
    if (packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`] !== undefined) return true
    if (at === '') return false
  }
}

/** Packages with native programs carry system, processor and C library at the end of their names. */
function platformEntry(name, range, parent) {
  const [, os, cpu, libc] =
    /(android|darwin|freebsd|linux|openharmony|win32|windows)-(arm64|arm|ia32|x64|ppc64|riscv64|s390x)(?:-(.*))?$/.exec(
      name,
    ) ?? []
  if (os === undefined) throw new Error(`${name} does not say its system; add its entry by hand`)
  return {
    version: range.replace(/^[\^~]/, ''),
    cpu: [cpu],
    ...(parent.dev ? { dev: true } : {}),
    ...(libc === 'musl' ? { libc: ['musl'] } : libc === 'gnu' ? { libc: ['glibc'] } : {}),
    ...(parent.license === undefined ? {} : { license: parent.license }),
    optional: true,
    os: [os === 'windows' ? 'win32' : os],
  }
}
