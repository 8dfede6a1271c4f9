import { readFile, stat } from 'node:fs/promises'
import type { PublicJwk } from '../../issuers/index.ts'
import { isObject, parseStrictObject } from '../../kernel/strict-json.ts'
import type { Clock } from '../../kernel/time.ts'
import { MAX_BUNDLE_BYTES } from '../container.ts'
import { fingerprintOf, isFingerprint } from '../fingerprint.ts'
import { gatherCodes } from './gather-codes.ts'
import { readVerifyOptions, USAGE, type VerifyOptions } from './options.ts'
import { readBundle, type SigningKey, type TrustBundle } from './read-bundle.ts'
import { reportVerdict } from './report.ts'
import { isOlder, readTrustedHubs, rememberBundle, type TrustedHub } from './trusted-hub.ts'
import { NOT_KNOWN, type OfflineVerdict, offlineVerifier } from './verify-offline.ts'

/** What the command has of its surroundings: no database, no network. */
export interface VerifyIo {
  readonly clock: Clock
  readonly dataDir: string
  readonly input: AsyncIterable<Uint8Array | string>
  out(text: string): void
  err(text: string): void
}

export const EXIT = { accepted: 0, refused: 1, fault: 2 } as const

/** Verifies codes with a trust bundle alone; gives the exit code. */
export async function runVerify(args: readonly string[], io: VerifyIo): Promise<number> {
  let options: VerifyOptions
  try {
    options = readVerifyOptions(args)
  } catch (error) {
    io.err(`${messageOf(error)}\n\n${USAGE}`)
    return EXIT.fault
  }
  try {
    const nowMs = options.atMs ?? io.clock.now().getTime()
    const codes = await gatherCodes(options, io.input)
    const bundle = await takeBundle(options, io, nowMs)
    if (typeof bundle === 'string') {
      io.err(`${bundle}\n`)
      return EXIT.fault
    }
    return await verifyAll(bundle, codes, { ...options, nowMs }, io)
  } catch (error) {
    io.err(`${messageOf(error)}\n`)
    return EXIT.fault
  }
}

async function verifyAll(
  bundle: TrustBundle,
  codes: readonly string[],
  options: VerifyOptions & { readonly nowMs: number },
  io: VerifyIo,
): Promise<number> {
  const verifier = offlineVerifier(bundle, options)
  const { hub, seq, asOf, exp } = bundle.manifest
  const offline = {
    hub,
    sequence: seq,
    key: bundle.fingerprint,
    asOf: new Date(asOf * 1000).toISOString(),
    validUntil: new Date(exp * 1000).toISOString(),
  }
  let refused = false
  for (const code of codes) {
    const verdict = await verifier.verify(code)
    refused ||= verdict.verdict === 'refused'
    io.out(options.json ? `${jsonLine(verdict, offline)}\n` : reportVerdict(verdict, bundle))
  }
  return refused ? EXIT.refused : EXIT.accepted
}

function jsonLine({ notKnown, ...verdict }: OfflineVerdict, offline: object): string {
  return JSON.stringify({
    ...verdict,
    offline: { ...offline, notKnown: notKnown.map((name) => ({ code: name, ...NOT_KNOWN[name] })) },
  })
}

/** The bundle, proved and remembered; or why it is not taken. */
async function takeBundle(options: VerifyOptions, io: VerifyIo, nowMs: number): Promise<TrustBundle | string> {
  if ((await stat(options.bundle)).size > MAX_BUNDLE_BYTES) return `${options.bundle} is too large for a trust bundle.`
  const hubs = await readTrustedHubs(io.dataDir)
  const named = options.key === undefined ? undefined : await readKey(options.key)
  const read = await readBundle(await readFile(options.bundle), trustOf(hubs, named))
  if (!read.ok) {
    return read.fault === 'key-not-trusted'
      ? `${read.detail}\nIf the operator of the hub confirms this fingerprint, name it once: --key ${read.detail.slice(-43)}`
      : `${options.bundle}: ${read.detail}`
  }
  const { bundle } = read
  const { manifest, fingerprint } = bundle
  if (manifest.iat * 1000 > nowMs + manifest.clockSkewS * 1000) {
    return `The bundle was made at ${new Date(manifest.iat * 1000).toISOString()}, after the time of verification: is the clock of this machine right?`
  }
  const anew = named !== undefined
  if (isOlder(bundle, hubs, anew)) {
    if (!options.allowOlder) {
      return 'The bundle is older than the newest one seen here: what was revoked in between would be good again. Fetch it anew (--allow-older takes it all the same).'
    }
    io.err('WARNING: the bundle is older than the newest one seen here.\n')
  }
  if (hubs.length === 0 && named === undefined) {
    io.err(
      `FIRST USE 首次使用: the hub ${manifest.hub} is trusted from now on by its key\n  ${fingerprint}\nCompare it with what the operator of the hub tells you; --key names it beforehand.\n`,
    )
  }
  await rememberBundle(io.dataDir, bundle, anew)
  return bundle
}

/** The key that was named, else one that the hub's newest bundle names, else, on the very first use, any. */
function trustOf(hubs: readonly TrustedHub[], named: string | undefined): (key: SigningKey) => boolean {
  if (named !== undefined) return (key) => key.fingerprint === named
  if (hubs.length === 0) return () => true
  return ({ hub, fingerprint }) => hubs.some((one) => one.hub === hub && one.keys.includes(fingerprint))
}

/** @throws Error where it is neither a fingerprint nor a file with a public JWK */
async function readKey(key: string): Promise<string> {
  if (isFingerprint(key)) return key
  const jwk = parseStrictObject((await readFile(key, 'utf8')).trim())
  const { kty, crv, x, y } = jwk ?? {}
  if (!isObject(jwk) || typeof kty !== 'string' || typeof crv !== 'string' || typeof x !== 'string') {
    throw new Error(`${key} is neither a fingerprint nor a file with a public JWK.`)
  }
  return fingerprintOf({ kty, crv, x, ...(typeof y === 'string' ? { y } : {}) } as PublicJwk)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
