import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject, parseStrictObject } from '../../kernel/strict-json.ts'
import { isFingerprint } from '../fingerprint.ts'
import { takeLock } from './file-lock.ts'
import type { TrustBundle } from './read-bundle.ts'

/** What a verifier without network remembers of a hub: whose bundles it believes, and the newest it has seen. */
export interface TrustedHub {
  readonly hub: string
  /** Fingerprints of the keys that may sign its bundles, by the word of the newest one. */
  readonly keys: readonly string[]
  /** Fingerprint of the key that signed the newest one. */
  readonly signer: string
  readonly seq: number
  readonly iat: number
}

export const trustedHubsFile = (dataDir: string): string => join(dataDir, 'trust', 'trusted-hubs.json')

/**
 * The hubs that are trusted so far.
 *
 * @throws Error where the file is there but cannot be read: to begin anew would forget the newest bundles
 */
export async function readTrustedHubs(dataDir: string): Promise<readonly TrustedHub[]> {
  const file = trustedHubsFile(dataDir)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
  const { hubs } = parseStrictObject(text.trim()) ?? {}
  const known = Array.isArray(hubs) ? hubs.map(parseHub) : [undefined]
  if (known.includes(undefined)) throw new Error(`${file} is damaged; remove it to trust a hub anew.`)
  return known as TrustedHub[]
}

/**
 * Remembers a bundle that was believed, unless a newer one of its hub is. Read and written under a lock: of two verifiers at
 * once none may put back what the other has seen.
 *
 * @param anew the bundle's key was named by hand: what another key said before does not count, its number neither
 */
export async function rememberBundle(dataDir: string, bundle: TrustBundle, anew = false): Promise<void> {
  // Most bundles are seen more than once: then nothing is written, and the memory may be on a disk that cannot be.
  if (!isNews(bundle, await readTrustedHubs(dataDir), anew)) return
  await mkdir(join(dataDir, 'trust'), { recursive: true })
  const file = trustedHubsFile(dataDir)
  const lock = await takeLock(`${file}.lock`)
  try {
    const hubs = await readTrustedHubs(dataDir)
    if (!isNews(bundle, hubs, anew)) return
    const { manifest, fingerprint, bundleKeys } = bundle
    const now: TrustedHub = {
      hub: manifest.hub,
      keys: bundleKeys,
      signer: fingerprint,
      seq: manifest.seq,
      iat: manifest.iat,
    }
    const beside = `${file}.${process.pid}`
    const text = JSON.stringify({ hubs: [...hubs.filter((one) => one.hub !== manifest.hub), now] }, null, 2)
    // Whole or not at all.
    await writeFile(beside, `${text}\n`, { mode: 0o600 })
    await rename(beside, file)
  } finally {
    await lock.release()
  }
}

/** Whether the bundle is older than one that was seen: what was revoked in between would be good again. */
export function isOlder(bundle: TrustBundle, hubs: readonly TrustedHub[], anew = false): boolean {
  const { hub, seq } = bundle.manifest
  return hubs.some((one) => one.hub === hub && seq < one.seq && !isOtherKey(bundle, one, anew))
}

function isNews(bundle: TrustBundle, hubs: readonly TrustedHub[], anew: boolean): boolean {
  const known = hubs.find((one) => one.hub === bundle.manifest.hub)
  return known === undefined || isOtherKey(bundle, known, anew) || known.seq < bundle.manifest.seq
}

/** Numbers go up under the key that signed the newest bundle; a stolen one may have put in any number. */
function isOtherKey({ fingerprint }: TrustBundle, known: TrustedHub, anew: boolean): boolean {
  return anew && known.signer !== fingerprint
}

function parseHub(value: unknown): TrustedHub | undefined {
  if (!isObject(value)) return undefined
  const { hub, keys, signer, seq, iat } = value
  if (typeof hub !== 'string' || typeof seq !== 'number' || typeof iat !== 'number') return undefined
  if (typeof signer !== 'string' || !isFingerprint(signer)) return undefined
  if (!Array.isArray(keys) || !keys.every((one) => typeof one === 'string' && isFingerprint(one))) return undefined
  return { hub, keys: keys as string[], signer, seq, iat }
}
