import { createSecretKey, type KeyObject } from 'node:crypto'
import { FIELD_ALGORITHMS, type FieldAlgorithm, INDEX_ALGORITHMS, type IndexAlgorithm } from './algorithms.ts'
import { cryptoError } from './errors.ts'

export interface FieldKey {
  readonly id: string
  readonly alg: FieldAlgorithm
  readonly key: KeyObject
}

export interface IndexKey {
  readonly id: string
  readonly alg: IndexAlgorithm
  readonly key: KeyObject
}

/** The keys of one purpose: one writes, all of them read. */
export interface KeySet<Key> {
  readonly active: Key
  readonly byId: ReadonlyMap<string, Key>
}

/**
 * All data keys of a process. Key material is held as `KeyObject`, which neither JSON.stringify nor a log
 * line prints. It is fixed at start: a rotation is a new file and a restart, one process after the other.
 */
export interface Keyring {
  /** `sandbox` marks keys that the machine made up for itself; production refuses them. */
  readonly origin: 'configured' | 'sandbox'
  /** Encrypts columns. */
  readonly field: KeySet<FieldKey>
  /** Keys of the blind index; never the same bytes as a field key. */
  readonly index: KeySet<IndexKey>
}

/**
 * Ids are short so that they cost little in every row, and too short to hold a key: a key pasted into the
 * wrong place is refused here instead of turning up in a message later.
 */
const KEY_ID = /^[a-z][a-z0-9-]{0,15}$/
const MAX_KEYS = 32

/**
 * Reads a keyring from JSON:
 *
 * ```json
 * { "field": { "active": "f2", "keys": [{ "id": "f1", "alg": "AES-256-GCM", "key": "<base64url>" }, …] },
 *   "index": { "active": "i1", "keys": [{ "id": "i1", "alg": "HMAC-SHA-256", "key": "<base64url>" }] } }
 * ```
 *
 * @throws AppError `crypto.keyring-invalid` with every problem, each by its place; values are never repeated.
 */
export function parseKeyring(json: string): Keyring {
  const problems: string[] = []
  const root = parseRoot(json)
  refuseUnknown(root, ['origin', 'field', 'index'], 'keyring', problems)
  const origin = root['origin'] ?? 'configured'
  if (origin !== 'configured' && origin !== 'sandbox') problems.push('origin: must be "configured" or "sandbox"')
  const seen = new Map<string, string>()
  const field = readSet(root['field'], 'field', FIELD_ALGORITHMS, seen, problems)
  const index = readSet(root['index'], 'index', INDEX_ALGORITHMS, seen, problems)
  if (problems.length > 0 || field === undefined || index === undefined) throw invalid(problems)
  return { origin: origin === 'sandbox' ? 'sandbox' : 'configured', field, index }
}

interface ReadKey<Alg> {
  readonly id: string
  readonly alg: Alg
  readonly key: KeyObject
}

function readSet<Alg extends string>(
  value: unknown,
  place: string,
  algorithms: Readonly<Record<Alg, { readonly keyBytes: number }>>,
  seen: Map<string, string>,
  problems: string[],
): KeySet<ReadKey<Alg>> | undefined {
  if (!isObject(value)) {
    problems.push(`${place}: missing, or not an object`)
    return undefined
  }
  refuseUnknown(value, ['active', 'keys'], place, problems)
  const list = value['keys']
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_KEYS) {
    problems.push(`${place}.keys: must be a list of 1 to ${MAX_KEYS} keys`)
    return undefined
  }
  const byId = new Map<string, ReadKey<Alg>>()
  list.forEach((entry: unknown, position) => {
    const key = readKey(entry, `${place}.keys[${position}]`, algorithms, seen, problems)
    if (key === undefined) return
    if (byId.has(key.id)) problems.push(`${place}.keys[${position}].id: used twice`)
    byId.set(key.id, key)
  })
  const active = typeof value['active'] === 'string' ? byId.get(value['active']) : undefined
  if (active === undefined) problems.push(`${place}.active: must be the id of one of ${place}.keys`)
  return active === undefined ? undefined : { active, byId }
}

function readKey<Alg extends string>(
  entry: unknown,
  place: string,
  algorithms: Readonly<Record<Alg, { readonly keyBytes: number }>>,
  seen: Map<string, string>,
  problems: string[],
): ReadKey<Alg> | undefined {
  if (!isObject(entry)) {
    problems.push(`${place}: not an object`)
    return undefined
  }
  refuseUnknown(entry, ['id', 'alg', 'key'], place, problems)
  const { id, alg, key } = entry as Record<'id' | 'alg' | 'key', unknown>
  const idOk = typeof id === 'string' && KEY_ID.test(id)
  if (!idOk) problems.push(`${place}.id: 1 to 16 of a-z, 0-9 and "-", a letter first`)
  const names = Object.keys(algorithms) as Alg[]
  const name = names.find((candidate) => candidate === alg)
  if (name === undefined) problems.push(`${place}.alg: must be one of ${names.join(', ')}`)
  const bytes = name === undefined ? undefined : readBytes(key, place, algorithms[name].keyBytes, seen, problems)
  if (!idOk || name === undefined || bytes === undefined) return undefined
  const secret = createSecretKey(bytes)
  bytes.fill(0)
  return { id, alg: name, key: secret }
}

function readBytes(
  value: unknown,
  place: string,
  length: number,
  seen: Map<string, string>,
  problems: string[],
): Buffer | undefined {
  const bytes =
    typeof value === 'string' && /^[A-Za-z0-9_-]+={0,2}$/.test(value) ? Buffer.from(value, 'base64url') : undefined
  if (bytes === undefined || bytes.length !== length) {
    problems.push(`${place}.key: must be ${length} bytes in base64url`)
    return undefined
  }
  if (new Set(bytes).size < 4) {
    problems.push(`${place}.key: is a placeholder, not a random key`)
    return undefined
  }
  // One key for two uses lets a weakness of one use reach the other (NIST SP 800-57 part 1, §5.2).
  const hex = bytes.toString('hex')
  const other = seen.get(hex)
  if (other !== undefined) problems.push(`${place}.key: has the same bytes as ${other}.key`)
  else seen.set(hex, place)
  return bytes
}

function parseRoot(json: string): Record<string, unknown> {
  let root: unknown
  try {
    root = JSON.parse(json)
  } catch {
    // The parser's own message quotes the text around the fault, which may be a key: it is not passed on.
    throw invalid(['keyring: not JSON'])
  }
  if (!isObject(root)) throw invalid(['keyring: not an object'])
  return root
}

function refuseUnknown(value: object, known: readonly string[], place: string, problems: string[]): void {
  if (Object.keys(value).some((name) => !known.includes(name))) {
    problems.push(`${place}: has a member other than ${known.join(', ')}`)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(problems: readonly string[]) {
  return cryptoError('keyring-invalid', {
    detail: problems.join('; '),
    errors: problems.map((problem) => {
      const cut = problem.indexOf(': ')
      return { pointer: problem.slice(0, cut), detail: problem.slice(cut + 2) }
    }),
  })
}
