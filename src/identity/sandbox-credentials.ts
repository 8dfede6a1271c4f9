import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { JWK } from 'jose'
import type { Role } from '../http/access.ts'

/** One sandbox client with its private key: what a real client keeps to itself. */
export interface SandboxClient {
  readonly clientId: string
  readonly role: Role
  readonly institution?: string | undefined
  readonly city?: string | undefined
  readonly privateJwk: JWK
}

/** The file that lets anybody at this machine try every role. It exists for the sandbox only. */
export function sandboxCredentialsPath(dataDir: string): string {
  return join(dataDir, 'sandbox', 'clients.json')
}

/** Writes the credentials, readable by their owner only; a reader sees the old file or the new one, never half. */
export function writeSandboxCredentials(dataDir: string, clients: readonly SandboxClient[]): void {
  const path = sandboxCredentialsPath(dataDir)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const sorted = [...clients].sort((left, right) => (left.clientId < right.clientId ? -1 : 1))
  writeFileSync(draft, `${JSON.stringify({ clients: sorted }, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  // The umask can only take rights away; this also holds where the file system gave others.
  chmodSync(draft, 0o600)
  renameSync(draft, path)
}

/** Empty where no sandbox was seeded. */
export function readSandboxCredentials(dataDir: string): readonly SandboxClient[] {
  try {
    const { clients } = JSON.parse(readFileSync(sandboxCredentialsPath(dataDir), 'utf8')) as {
      clients: SandboxClient[]
    }
    return clients
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
