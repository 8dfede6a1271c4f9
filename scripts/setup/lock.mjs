// One set-up of a checkout at a time: two terminals may start together.
import { mkdirSync, openSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** A slow network may need minutes for the packages. */
const PATIENCE_MS = 5 * 60_000
const PAUSE_MS = 250

/**
 * Takes the lock and returns what gives it back; a lock whose owner is gone is taken over. Throws when it waited too
 * long: a pid is given out again, and where the system does not tell what runs under it, only a person can.
 */
export async function lock(file, { say, patienceMs = PATIENCE_MS }) {
  mkdirSync(dirname(file), { recursive: true })
  const started = performance.now()
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(openSync(file, 'wx'), String(process.pid))
      const release = () => rmSync(file, { force: true })
      process.once('exit', release)
      return release
    } catch (cause) {
      if (cause.code !== 'EEXIST') throw cause
    }
    const owner = Number(readOrEmpty(file))
    // An empty file is a lock being written at this moment; it gets a second.
    if (owner === 0 ? tries > 4 : !isSetUp(owner)) {
      unlinkQuietly(file)
      continue
    }
    if (performance.now() - started > patienceMs) {
      throw new Error(
        `process ${owner} still holds ${file}; if it is no set-up of this checkout, delete that file and try again`,
      )
    }
    if (tries === 0) say(`waiting for another set-up (process ${owner})`)
    await new Promise((done) => setTimeout(done, Math.min(PAUSE_MS, patienceMs)))
  }
}

/** Where /proc tells the command line, a pid that another program has got since is recognised. */
function isSetUp(pid) {
  try {
    process.kill(pid, 0)
  } catch (cause) {
    if (cause.code !== 'EPERM') return false
  }
  const commandLine = readOrEmpty(`/proc/${pid}/cmdline`)
  return commandLine === '' || commandLine.includes('setup.mjs')
}

function readOrEmpty(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function unlinkQuietly(file) {
  try {
    unlinkSync(file)
  } catch {
    // The other waiter removed it first.
  }
}
