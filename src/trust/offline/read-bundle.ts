import type { CityCode } from '../../codes/index.ts'
import type { Issuer } from '../../issuers/index.ts'
import { decodeBase64url } from '../../kernel/base64url.ts'
import { parseStrictObjectBytes } from '../../kernel/strict-json.ts'
import { readStatusListToken, type StatusList } from '../../statuslist/index.ts'
import { arePartsOf, readContainer } from '../container.ts'
import { fingerprintOf } from '../fingerprint.ts'
import { type InstitutionJson, readInstitutions } from '../institutions-part.ts'
import { type IssuerJson, readIssuers, toIssuer } from '../issuers-part.ts'
import { BUNDLE_TYPE, cityOfPart, type Manifest, PART, readManifest } from '../manifest.ts'
import { listUri } from '../publish-status-list.ts'

/** A bundle whose signature and digests hold. */
export interface TrustBundle {
  readonly manifest: Manifest
  /** Of the key that signed it. */
  readonly fingerprint: string
  /** Of all keys that may sign bundles by its word: the next one stands here before it signs. */
  readonly bundleKeys: readonly string[]
  readonly issuers: ReadonlyMap<string, Issuer>
  readonly lists: ReadonlyMap<CityCode, StatusList>
  readonly institutions: ReadonlyMap<string, InstitutionJson>
  /** JSON of what is read only where a code needs it. */
  readonly healthCodes: string
  readonly foreign: string
}

/** Who says to have signed a bundle. */
export interface SigningKey {
  readonly hub: string
  readonly fingerprint: string
}

export type BundleFault =
  | 'not-a-bundle'
  | 'key-unknown'
  | 'key-not-trusted'
  | 'signature-invalid'
  | 'parts-changed'
  | 'part-invalid'
  | 'list-invalid'

export type ReadBundle =
  | { readonly ok: true; readonly bundle: TrustBundle }
  | { readonly ok: false; readonly fault: BundleFault; readonly detail: string }

/**
 * Reads a bundle and proves it: the key that signed it is trusted, its signature holds, each part is the one that was
 * signed, and each status list is signed by its issuer for that purpose.
 *
 * @param isTrusted whether bundles of that hub are believed when that key signed them
 */
export async function readBundle(bytes: Buffer, isTrusted: (key: SigningKey) => boolean): Promise<ReadBundle> {
  const container = readContainer(bytes)
  const jws = container && readJws(container.manifest)
  const manifest = jws && readManifest(jws.payload)
  if (container === undefined || jws === undefined || manifest === undefined) {
    return fail('not-a-bundle', 'The file is not a trust bundle.')
  }
  const partAt = (name: string) => container.parts[manifest.parts.findIndex((one) => one.name === name)]

  // The key stands in the bundle and is believed by its fingerprint alone: nothing else in here is believed yet.
  const issuersPart = partAt(PART.issuers)
  const issuers = issuersPart && issuersPart.length <= MAX_ISSUERS ? readIssuers(parseJson(issuersPart)) : undefined
  const key = issuers?.find((one) => one.iss === manifest.iss)?.keys.find((one) => one.kid === jws.kid)
  if (issuers === undefined || key?.jwk === undefined || key.revoked || !key.uses.includes('bundle')) {
    return fail('key-unknown', 'The bundle does not hold the key that signed it.')
  }
  const fingerprint = fingerprintOf(key.jwk)
  if (!isTrusted({ hub: manifest.hub, fingerprint })) {
    return fail('key-not-trusted', `The bundle is signed by another key than the trusted one: ${fingerprint}`)
  }
  const byIss = new Map(issuers.map((one) => [one.iss, toIssuer(one)]))
  const signer = byIss.get(manifest.iss)?.keys.get(jws.kid)
  if (key.alg !== jws.alg || signer === undefined || !(await signer.verify(jws.signed, jws.signature))) {
    return fail('signature-invalid', 'The signature of the bundle does not hold.')
  }
  const iatMs = manifest.iat * 1000
  const skewMs = manifest.clockSkewS * 1000
  if (iatMs + skewMs < signer.activeFromMs || iatMs - skewMs > signer.retiredAtMs) {
    return fail('signature-invalid', 'The key was not in force when the bundle was signed.')
  }
  if (!arePartsOf(manifest.parts, container.parts)) {
    return fail('parts-changed', 'A part of the bundle is not the one that was signed.')
  }

  const institutions = partAt(PART.institutions)
  const healthCodes = partAt(PART.healthCodes)
  const foreign = partAt(PART.foreign)
  if (institutions === undefined || healthCodes === undefined || foreign === undefined) {
    return fail('part-invalid', 'A part of the bundle is missing.')
  }
  const lists = await readLists(manifest, byIss, partAt)
  if (typeof lists === 'string') return fail('list-invalid', lists)
  return {
    ok: true,
    bundle: {
      manifest,
      fingerprint,
      bundleKeys: bundleKeysOf(issuers, manifest.iss),
      issuers: byIss,
      lists,
      institutions: readInstitutions(institutions.toString('utf8')),
      healthCodes: healthCodes.toString('utf8'),
      foreign: foreign.toString('utf8'),
    },
  }
}

async function readLists(
  manifest: Manifest,
  issuers: ReadonlyMap<string, Issuer>,
  partAt: (name: string) => Buffer | undefined,
): Promise<ReadonlyMap<CityCode, StatusList> | string> {
  const lists = new Map<CityCode, StatusList>()
  for (const { name } of manifest.parts) {
    const city = cityOfPart(name)
    const part = partAt(name)
    if (city === undefined || part === undefined) continue
    const issuer = [...issuers.values()].find((one) => one.city === city)
    const read = await readStatusListToken(part.toString('latin1'), {
      sub: listUri(manifest.hub, city),
      // As of the bundle: its own end, which is no later, decides how long it may be used.
      nowMs: manifest.iat * 1000,
      skewS: manifest.clockSkewS,
      verify(kid, signed, signature, alg) {
        const key = issuer?.keys.get(kid)
        if (key === undefined || key.revoked || key.alg !== alg || !key.uses.has('status')) return undefined
        return key.verify(signed, signature)
      },
    })
    if (!read.ok) return `The status list of ${city} is not good: ${read.reason}.`
    if (read.list.bits !== 2) return `The status list of ${city} has not two bits a card.`
    lists.set(city, read.list)
  }
  return lists
}

function bundleKeysOf(issuers: readonly IssuerJson[], iss: string): readonly string[] {
  const keys = issuers.find((one) => one.iss === iss)?.keys ?? []
  return keys.flatMap(({ jwk, uses, revoked }) =>
    jwk !== undefined && !revoked && uses.includes('bundle') ? [fingerprintOf(jwk)] : [],
  )
}

interface Jws {
  readonly kid: string
  readonly alg: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly signed: Buffer
  readonly signature: Buffer
}

const SIGNATURE_BYTES = 64
const MAX_MANIFEST = 64 * 1024
/** A few dozen keys; it is read before anything is proved. */
const MAX_ISSUERS = 1024 * 1024

function readJws(text: string): Jws | undefined {
  if (text.length > MAX_MANIFEST) return undefined
  const [head = '', body = '', end = '', ...more] = text.split('.')
  const headBytes = decodeBase64url(head)
  const bodyBytes = decodeBase64url(body)
  const signature = decodeBase64url(end)
  const header = headBytes && parseStrictObjectBytes(headBytes)
  const payload = bodyBytes && parseStrictObjectBytes(bodyBytes)
  if (header === undefined || payload === undefined || signature?.length !== SIGNATURE_BYTES || more.length > 0) {
    return undefined
  }
  const { alg, kid, typ } = header
  // Exactly these three: no other member may say how the bundle is to be proved.
  if (typeof alg !== 'string' || typeof kid !== 'string' || typ !== BUNDLE_TYPE || Object.keys(header).length !== 3) {
    return undefined
  }
  return { kid, alg, payload, signed: Buffer.from(`${head}.${body}`, 'latin1'), signature }
}

/** JSON of a part that is not proved yet; undefined where it is none. */
function parseJson(part: Buffer): unknown {
  try {
    return JSON.parse(part.toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

const fail = (fault: BundleFault, detail: string): ReadBundle => ({ ok: false, fault, detail })
