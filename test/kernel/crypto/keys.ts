import { randomBytes } from 'node:crypto'

export const randomKey = (bytes = 32) => randomBytes(bytes).toString('base64url')

export interface KeyEntry {
  id: string
  alg: string
  key: string
}

export interface KeyFile {
  origin?: string
  field: { active: string; keys: KeyEntry[] }
  index: { active: string; keys: KeyEntry[] }
}

/** A keyring file with one random key per purpose, to be changed by a test. */
export function keyFile(): KeyFile {
  return {
    field: { active: 'f1', keys: [{ id: 'f1', alg: 'AES-256-GCM', key: randomKey() }] },
    index: { active: 'i1', keys: [{ id: 'i1', alg: 'HMAC-SHA-256', key: randomKey() }] },
  }
}
