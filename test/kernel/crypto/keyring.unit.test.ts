import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { parseKeyring } from '../../../src/kernel/crypto/index.ts'
import { AppError } from '../../../src/kernel/errors.ts'
import { type KeyFile, keyFile, randomKey } from './keys.ts'

function problemsOf(json: string): AppError {
  try {
    parseKeyring(json)
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('the keyring was accepted')
}

function changed(change: (file: KeyFile) => void): string {
  const file = keyFile()
  change(file)
  return JSON.stringify(file)
}

describe('a keyring', () => {
  test('names its active keys and keeps the older ones for reading', () => {
    const ring = parseKeyring(
      changed((file) => {
        file.field.keys.push({ id: 'f2', alg: 'SM4-GCM', key: randomKey(16) })
        file.field.active = 'f2'
      }),
    )
    expect(ring.origin).toBe('configured')
    expect(ring.field.active.id).toBe('f2')
    expect([...ring.field.byId.keys()]).toEqual(['f1', 'f2'])
  })

  test('shows no key material when printed or serialised', () => {
    const file = keyFile()
    const ring = parseKeyring(JSON.stringify(file))
    const printed = inspect(ring, { depth: 10, showHidden: true }) + JSON.stringify([...ring.field.byId.values()])
    const secret = file.field.keys[0]?.key ?? ''
    expect(secret).toHaveLength(43)
    expect(printed).not.toContain(secret)
    expect(printed).not.toContain(Buffer.from(secret, 'base64url').toString('hex'))
  })
})

describe('a keyring is refused, naming the place', () => {
  test.each<[string, string, (file: KeyFile) => void]>([
    ['without index keys', 'index: missing', (file) => Reflect.deleteProperty(file, 'index')],
    [
      'with a key that is not an object',
      'field.keys[0]: not an object',
      (file) => Object.assign(file.field, { keys: ['f1'] }),
    ],
    ['with an empty key list', 'field.keys: must be a list', (file) => file.field.keys.splice(0)],
    ['whose active key is not listed', 'field.active', (file) => (file.field.active = 'f9')],
    [
      'with an unknown algorithm',
      'field.keys[0].alg',
      (file) => Object.assign(file.field.keys[0] ?? {}, { alg: 'DES' }),
    ],
    ['with a key of wrong length', 'field.keys[0].key: must be 32', (file) => setKey(file, randomKey(16))],
    ['with a key that is not base64url', 'field.keys[0].key: must be 32', (file) => setKey(file, '!'.repeat(43))],
    ['with a placeholder key', 'placeholder', (file) => setKey(file, Buffer.alloc(32, 7).toString('base64url'))],
    ['with an id that could be a key', 'field.keys[0].id', (file) => setId(file, randomKey())],
    [
      'with an unknown member',
      'field.keys[0]: has a member',
      (file) => Object.assign(file.field.keys[0] ?? {}, { k: 1 }),
    ],
    ['with an unknown purpose', 'keyring: has a member', (file) => Object.assign(file, { fields: {} })],
    ['with an unknown origin', 'origin', (file) => (file.origin = 'prod')],
    [
      'with one id twice',
      'used twice',
      (file) => file.field.keys.push({ id: 'f1', alg: 'SM4-GCM', key: randomKey(16) }),
    ],
  ])('%s', (_, expected, change) => {
    const error = problemsOf(changed(change))
    expect(error.code).toBe('crypto.keyring-invalid')
    expect(error.message).toContain(expected)
  })

  test('whose index key is also a data key', () => {
    const error = problemsOf(
      changed((file) => {
        setKey(file, file.index.keys[0]?.key ?? '')
      }),
    )
    expect(error.message).toContain('index.keys[0].key: has the same bytes as field.keys[0].key')
  })

  test('with all problems at once', () => {
    const error = problemsOf('{"field":{"active":"x","keys":[{}]},"index":[]}')
    expect(error.errors.map((problem) => problem.pointer)).toEqual([
      'field.keys[0].id',
      'field.keys[0].alg',
      'field.active',
      'index',
    ])
  })

  test.each(['', 'null', '[]', '"text"'])('that is not an object: %j', (json) => {
    expect(problemsOf(json).message).toMatch(/^keyring: not/)
  })

  test('without repeating any of its text, even where the JSON breaks inside a key', () => {
    const secret = randomKey()
    const broken = `{"field":{"keys":[{"key":"${secret}" oops`
    const misplaced = changed((file) => {
      setId(file, secret)
      file.field.active = secret
      Object.assign(file, { [secret]: secret })
    })
    for (const json of [broken, misplaced]) {
      const error = problemsOf(json)
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(secret.slice(0, 8))
      expect(error.cause).toBeUndefined()
    }
  })
})

function setKey(file: KeyFile, key: string): void {
  Object.assign(file.field.keys[0] ?? {}, { key })
}

function setId(file: KeyFile, id: string): void {
  Object.assign(file.field.keys[0] ?? {}, { id })
}
