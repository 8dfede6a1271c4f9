import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const SCRIPTS = join(import.meta.dirname, '../../scripts')
const { lock } = (await import(join(SCRIPTS, 'setup/lock.mjs'))) as {
  lock: (file: string, options: { say: (line: string) => void; patienceMs?: number }) => Promise<() => void>
}
const LOCKFILE = JSON.stringify({ packages: { '': {}, 'node_modules/node': { version: '99.1.0', dev: true } } })

// A checkout of its own with a stand-in for npm: what the set-up asks of npm, and what it makes of the outcome. The
// blank and the letters are there because a path is no URL.
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ymt set-up ä码-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const put = (file: string, text: string) => {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
  chmodSync(join(root, file), 0o755)
}
const read = (file: string) => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : null)

describe('the set-up of a checkout', () => {
  beforeEach(() => {
    cpSync(join(SCRIPTS, 'setup.mjs'), join(root, 'scripts/setup.mjs'))
    cpSync(join(SCRIPTS, 'setup'), join(root, 'scripts/setup'), { recursive: true })
    put('package-lock.json', LOCKFILE)
    // Like npm it leaves out the development packages when it is told nothing else and NODE_ENV is "production".
    put(
      'bin/npm',
      `#!/bin/sh
echo "$@" >> npm-was-asked
rm -rf node_modules && mkdir -p node_modules/.bin
case "$NODE_ENV $*" in
  production*--include=dev* | [!p]*) ;;
  *) exit 0 ;;
esac
mkdir node_modules/node
echo '{"version":"99.1.0"}' > node_modules/node/package.json
printf '#!/bin/sh\\necho v99.1.0\\n' > node_modules/.bin/node
chmod +x node_modules/.bin/node
cp package-lock.json node_modules/.package-lock.json
`,
    )
  })

  const setUp = (env: Record<string, string> = {}) => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/setup.mjs'], {
      cwd: root,
      encoding: 'utf8',
      env: { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, NODE_ENV: 'development', ...env },
    })
    return { status, stderr }
  }
  const stamp = () => read('node_modules/.yimatong-lock-hash')
  const lockHash = createHash('sha256').update(LOCKFILE).digest('hex')

  test('installs the development packages also under NODE_ENV=production, and stamps what runs', () => {
    expect(setUp({ NODE_ENV: 'production' })).toEqual({
      status: 0,
      stderr: 'setup: installing packages (npm ci); the first time takes a minute\n',
    })
    expect(read('npm-was-asked')).toContain('ci --include=dev')
    expect(stamp()).toBe(lockHash)
  })

  test('says nothing and asks nothing of npm when all is there', () => {
    setUp()
    const asked = read('npm-was-asked')
    expect(setUp()).toEqual({ status: 0, stderr: '' })
    expect(read('npm-was-asked')).toBe(asked)
  })

  test('installs again when the pinned Node is gone, whatever the stamp says', () => {
    setUp()
    rmSync(join(root, 'node_modules/node'), { recursive: true })
    expect(setUp()).toEqual({ status: 0, stderr: 'setup: the pinned Node is missing: installing packages (npm ci)\n' })
    expect(read('node_modules/node/package.json')).not.toBeNull()
  })

  test('installs again when the lockfile has changed', () => {
    setUp()
    put('package-lock.json', LOCKFILE.replace('"99.1.0"', '"99.1.0"},"node_modules/late":{"version":"1.0.0"'))
    expect(setUp().stderr).toContain('the packages are not those of the lockfile')
  })

  test('gives no stamp to an installation that is not whole, says what is missing and mends it the next time', () => {
    const whole = read('bin/npm') as string
    put('bin/npm', '#!/bin/sh\nmkdir -p node_modules/.bin\n')
    const { status, stderr } = setUp()
    expect(status).toBe(1)
    expect(stderr).toContain('still not right: the pinned Node is missing')
    expect(stderr).not.toContain('ENOENT')
    expect(stamp()).toBeNull()
    put('bin/npm', whole)
    expect(setUp().status).toBe(0)
    expect(stamp()).toBe(lockHash)
  })

  test('gives no stamp when the pinned Node does not run', () => {
    put('bin/npm', `${read('bin/npm')}\nprintf '#!/bin/sh\\nexit 1\\n' > node_modules/.bin/node\n`)
    expect(setUp().status).toBe(1)
    expect(stamp()).toBeNull()
  })
})

describe('the lock of the set-up', () => {
  let owner: ChildProcess
  const file = () => join(root, '.data/setup.lock')
  const holdBy = async (...args: string[]) => {
    owner = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 60_000)', ...args])
    await new Promise((done) => owner.stdout?.once('data', done))
    put('.data/setup.lock', String(owner.pid))
  }
  afterEach(() => void owner?.kill('SIGKILL'))

  test('is waited for, but not for ever: the error names the file and the process', async () => {
    await holdBy('scripts/setup.mjs')
    const lines: string[] = []
    const taken = lock(file(), { say: (line: string) => lines.push(line), patienceMs: 100 })
    await expect(taken).rejects.toThrow(`process ${owner.pid} still holds ${file()}`)
    expect(lines).toEqual([`waiting for another set-up (process ${owner.pid})`])
  })

  test.runIf(existsSync('/proc/self/cmdline'))('is taken over when another program has got the pid', async () => {
    await holdBy('another-program')
    const release = await lock(file(), { say: () => {}, patienceMs: 100 })
    expect(read('.data/setup.lock')).toBe(String(process.pid))
    release()
    expect(read('.data/setup.lock')).toBeNull()
  })

  test('is taken over from the dead', async () => {
    await holdBy('scripts/setup.mjs')
    owner.kill('SIGKILL')
    await new Promise((done) => owner.once('close', done))
    const release = await lock(file(), { say: () => {}, patienceMs: 100 })
    expect(read('.data/setup.lock')).toBe(String(process.pid))
    release()
  })
})
