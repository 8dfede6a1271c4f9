import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  blindIndex,
  decryptField,
  deriveSandboxKeyring,
  encryptField,
  runCryptoSelfTest,
  SANDBOX_KEY_FILE,
} from '../../../src/kernel/crypto/index.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ymt-keys-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})

const place = { table: 't', column: 'c', rowId: '1' }

test('the keys made on the first call are read back on the next', () => {
  const stored = encryptField(deriveSandboxKeyring(dir), 'kept', place)
  expect(decryptField(deriveSandboxKeyring(dir), stored, place)).toBe('kept')
})

test('they are marked as sandbox keys and pass the self-test', () => {
  const ring = deriveSandboxKeyring(dir)
  expect(ring.origin).toBe('sandbox')
  expect(runCryptoSelfTest(ring).field).toContain('AES-256-GCM')
})

test('the file is readable by its owner only, and no draft stays behind', () => {
  const nested = join(dir, 'a', 'b')
  deriveSandboxKeyring(nested)
  expect(statSync(join(nested, SANDBOX_KEY_FILE)).mode & 0o777).toBe(0o600)
  expect(readdirSync(nested)).toEqual([SANDBOX_KEY_FILE])
})

test('a file that others can read is refused', () => {
  deriveSandboxKeyring(dir)
  chmodSync(join(dir, SANDBOX_KEY_FILE), 0o644)
  expect(() => deriveSandboxKeyring(dir)).toThrow(expect.objectContaining({ code: 'crypto.keyring-invalid' }))
})

test('processes that start together in an empty folder end up with the same keys', async () => {
  const module = join(import.meta.dirname, '../../../src/kernel/crypto/index.ts')
  const script = `
    const { blindIndex, deriveSandboxKeyring } = await import(${JSON.stringify(module)})
    const ring = deriveSandboxKeyring(${JSON.stringify(dir)})
    console.log(blindIndex(ring, { type: 'resident-id', normalForm: 'x' }).value.toString('hex'))`
  const runs = Array.from({ length: 4 }, () =>
    promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]),
  )
  const printed = (await Promise.all(runs)).map(({ stdout }) => stdout.trim())
  expect(printed[0]).toMatch(/^[0-9a-f]{64}$/)
  expect(new Set(printed).size).toBe(1)
  expect(readdirSync(dir)).toEqual([SANDBOX_KEY_FILE])
})

test('two folders get different keys', () => {
  const identifier = { type: 'resident-id', normalForm: 'x' }
  const first = blindIndex(deriveSandboxKeyring(join(dir, '1')), identifier)
  const second = blindIndex(deriveSandboxKeyring(join(dir, '2')), identifier)
  expect(first.value.equals(second.value)).toBe(false)
  expect(readFileSync(join(dir, '1', SANDBOX_KEY_FILE), 'utf8')).not.toBe(
    readFileSync(join(dir, '2', SANDBOX_KEY_FILE), 'utf8'),
  )
})
