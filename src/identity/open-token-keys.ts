import { createPublicKey } from 'node:crypto'
import type { TokenKeys } from '../http/auth.ts'
import type { Deps } from '../kernel/deps.ts'
import { ensureSigningKeys } from './rotate-signing-key.ts'
import { openPrivateKey } from './signing-key.ts'
import {
  readAssertionAlgorithms,
  readPublishedKeys,
  readStatusChanges,
  type SigningKeyRow,
  type SigningPublicJwk,
} from './store.ts'

/** Keys, client status and allowed algorithms in the memory of one process. */
export interface IdentityKeys extends TokenKeys {
  /** The published key set: next, active, and retired keys whose tokens may still run. */
  jwks(): { readonly keys: readonly SigningPublicJwk[] }
  /** Algorithms that client assertions may use today. */
  assertionAlgorithms(): readonly string[]
  /** Reads what changed; resolves when everything committed before the call is known. */
  refresh(): Promise<void>
  close(): Promise<void>
}

/** A suspension or a new key is known to every process after this time, plus one query. */
const CATCH_UP_MS = 500

interface PublishedKey {
  readonly jwk: SigningPublicJwk
  readonly pem: string
  readonly publishedUntil: Date | null
}

/**
 * Loads what is needed to issue and check tokens, makes the first signing keys of a new database, and keeps up with
 * changes in the background. Nothing it returns does I/O for a request.
 */
export async function openTokenKeys(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring' | 'config' | 'log'>,
): Promise<IdentityKeys> {
  const statusOf = new Map<string, 'active' | 'suspended'>()
  let horizon = '0'
  let published = new Map<string, PublishedKey>()
  let signing: { readonly kid: string; readonly privatePem: string } | undefined
  let algorithms: readonly string[] = []

  const load = async (): Promise<void> => {
    const at = deps.clock.now()
    const changes = await readStatusChanges(deps.db, horizon)
    const keys = await readPublishedKeys(deps.db, at)
    algorithms = await readAssertionAlgorithms(deps.db, at)
    for (const { clientId, status } of changes.clients) statusOf.set(clientId, status)
    horizon = changes.horizon
    published = new Map(keys.map((key) => [key.kid, published.get(key.kid) ?? publish(key)]))
    for (const key of keys) {
      if (key.state === 'retired') published.set(key.kid, publish(key))
      if (key.state === 'active' && key.privateKey !== null && key.kid !== signing?.kid) {
        signing = { kid: key.kid, privatePem: openPrivateKey(deps.keyring, key.kid, key.privateKey) }
      }
    }
  }

  // One after the other: a caller of refresh() waits for a round that begins after its own commit.
  let tail: Promise<void> = Promise.resolve()
  const refresh = (): Promise<void> => {
    tail = tail.then(load, load)
    return tail
  }

  await ensureSigningKeys(deps)
  await refresh()

  let timer: NodeJS.Timeout | undefined
  let closed = false
  const schedule = (): void => {
    if (closed) return
    timer = setTimeout(() => {
      // What is in memory stays in force while the database is away; tokens end by themselves within minutes.
      refresh()
        .catch((error: unknown) => deps.log.warn({ err: error }, 'identity: keys and client status could not be read'))
        .finally(schedule)
    }, CATCH_UP_MS).unref()
  }
  schedule()

  const isPublished = (key: PublishedKey): boolean =>
    key.publishedUntil === null || deps.clock.now() < key.publishedUntil

  return {
    signing() {
      if (signing === undefined) throw new Error('there is no active signing key')
      return signing
    },
    publicPem(kid) {
      const key = published.get(kid)
      return key !== undefined && isPublished(key) ? key.pem : undefined
    },
    admits: (clientId) => statusOf.get(clientId) === 'active',
    jwks: () => ({ keys: [...published.values()].filter(isPublished).map((key) => key.jwk) }),
    assertionAlgorithms: () => algorithms,
    refresh,
    async close() {
      closed = true
      clearTimeout(timer)
      await tail.catch(() => undefined)
    },
  }
}

function publish(key: SigningKeyRow): PublishedKey {
  const pem = createPublicKey({ key: { ...key.publicJwk }, format: 'jwk' }).export({ format: 'pem', type: 'spki' })
  return { jwk: key.publicJwk, pem: pem as string, publishedUntil: key.publishedUntil }
}
