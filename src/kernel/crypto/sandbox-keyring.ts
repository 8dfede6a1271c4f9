import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cryptoError } from './errors.ts'
import { type Keyring, parseKeyring } from './keyring.ts'

export const SANDBOX_KEY_FILE = 'sandbox-keys.json'

/**
 * Keys for one machine that nobody configured: made at random on the first call, read back afterwards. The file
 * is readable by its owner only; a file that others can read is refused, as ssh does with its keys.
 *
 * Two processes may start together (api and worker). The file is written under a temporary name and linked into
 * place, so that both read the same complete keys and neither overwrites the other's.
 */
export function deriveSandboxKeyring(dir: string): Keyring {
  const path = join(dir, SANDBOX_KEY_FILE)
  const existing = readIfThere(path)
  if (existing !== undefined) return parseKeyring(existing)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`
  writeFileSync(draft, `${JSON.stringify(randomKeys(), null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(draft, path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
  return parseKeyring(readFileSync(path, 'utf8'))
}

function randomKeys() {
  const key = () => randomBytes(32).toString('base64url')
  return {
    origin: 'sandbox',
    field: { active: 'sandbox-f1', keys: [{ id: 'sandbox-f1', alg: 'AES-256-GCM', key: key() }] },
    index: { active: 'sandbox-i1', keys: [{ id: 'sandbox-i1', alg: 'HMAC-SHA-256', key: key() }] },
  }
}

function readIfThere(path: string): string | undefined {
  try {
    // Windows has no such bits; the mode there says nothing.
    if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
      throw cryptoError('keyring-invalid', { detail: `${SANDBOX_KEY_FILE} is readable by others: chmod 600 it.` })
    }
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
