import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject, parseStrictObject } from '../../kernel/strict-json.ts'
import { isFingerprint } from '../fingerprint.ts'
import type { TrustBundle } from './read-bundle.ts'

/** What a verifier without network remembers of a hub: whose bundles it believes, and the newest it has seen. */
export interface TrustedHub {
  readonly hub: string
  /** Fingerprints of the keys that may sign its bundles, by the word of the newest one. */
  readonly keys: readonly string[]
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

/** Whole or not at all, also where two verifiers write at once. */
export async function keepTrustedHubs(dataDir: string, hubs: readonly TrustedHub[]): Promise<void> {
  const file = trustedHubsFile(dataDir)
  await mkdir(join(dataDir, 'trust'), { recursive: true })
  const beside = `${file}.${process.pid}`
  await writeFile(beside, `${JSON.stringify({ hubs }, null, 2)}\n`, { mode: 0o600 })
  await rename(beside, file)
}

/** Whether the bundle is older than one that was seen: what was revoked in between would be good again. */
export function isOlder({ manifest }: TrustBundle, hubs: readonly TrustedHub[]): boolean {
  return hubs.some((one) => one.hub === manifest.hub && manifest.seq < one.seq)
}

/** What is remembered after a bundle was believed; undefined where nothing changes. */
export function afterBundle(bundle: TrustBundle, hubs: readonly TrustedHub[]): readonly TrustedHub[] | undefined {
  const { manifest, bundleKeys } = bundle
  const known = hubs.find((one) => one.hub === manifest.hub)
  if (known !== undefined && known.seq >= manifest.seq) return undefined
  const now: TrustedHub = { hub: manifest.hub, keys: bundleKeys, seq: manifest.seq, iat: manifest.iat }
  return [...hubs.filter((one) => one !== known), now]
}

function parseHub(value: unknown): TrustedHub | undefined {
  if (!isObject(value)) return undefined
  const { hub, keys, seq, iat } = value
  if (typeof hub !== 'string' || typeof seq !== 'number' || typeof iat !== 'number') return undefined
  if (!Array.isArray(keys) || !keys.every((one) => typeof one === 'string' && isFingerprint(one))) return undefined
  return { hub, keys: keys as string[], seq, iat }
}
