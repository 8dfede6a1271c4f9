import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { CITIES } from '../codes/index.ts'
import type { ForeignLists } from '../foreign/index.ts'
import type { HealthCodeMap } from '../healthcodes/index.ts'
import type { InstitutionTable } from '../institutions/index.ts'
import { type IssuerKeys, issuerName } from '../issuers/index.ts'
import { describePart, type PartEntry, writeContainer } from './container.ts'
import { trustError } from './errors.ts'
import { etagOf } from './etag.ts'
import { writeInstitutions } from './institutions-part.ts'
import { writeIssuer } from './issuers-part.ts'
import { BUNDLE_TYPE, type Manifest, PART } from './manifest.ts'
import { isKeyGood, type PublishedList } from './publish-status-list.ts'
import type { TrustPolicy } from './types.ts'

/** A bundle as it is handed out. */
export interface PublishedBundle {
  readonly bytes: Buffer
  readonly gzipped: Buffer
  readonly etag: string
  readonly gzippedEtag: string
}

/** What a bundle is made of; all of it is in memory. */
export interface BundleSource {
  readonly keys: Pick<IssuerKeys, 'issuer' | 'publishedKeys' | 'sign'>
  readonly institutions: Pick<InstitutionTable, 'all' | 'changeNo'>
  /** How old the oldest of it can be. */
  ageMs(): number
  /** The lists of all cities that have one. */
  lists(): Promise<readonly PublishedList[]>
  healthCodeMap(): HealthCodeMap
  foreignLists(): ForeignLists
}

export interface BundleOrder {
  readonly hub: string
  readonly seq: number
  readonly nowMs: number
  readonly clockSkewS: number
  readonly policy: TrustPolicy
}

/** The register is written again only when it has changed. */
export interface WrittenRegister {
  readonly changeNo: bigint
  readonly part: Buffer
  readonly entry: PartEntry
}

/**
 * Everything that a verifier without network needs, signed by the hub.
 *
 * @throws `trust.not-fresh` where the memory is too old to be published as of now
 */
export async function publishBundle(
  source: BundleSource,
  order: BundleOrder,
  register: WrittenRegister | undefined,
): Promise<{ readonly bundle: PublishedBundle; readonly register: WrittenRegister }> {
  const { policy, nowMs, clockSkewS } = order
  // Before anything is read: what is read later is not older.
  const ageMs = source.ageMs()
  if (ageMs > policy.listTtlS * 1000) throw trustError('not-fresh', { retryAfter: 1 })

  const written = await writeRegister(source.institutions, register)
  const { lists, issuers } = await readListsAndKeys(source)
  const parts = [
    described(PART.issuers, json(issuers)),
    ...lists.map((list) => described(PART.status(list.city), Buffer.from(list.token))),
    written,
    described(PART.healthCodes, json(source.healthCodeMap())),
    described(PART.foreign, json(source.foreignLists())),
  ]
  const iat = Math.floor(nowMs / 1000)
  const asOf = Math.floor(Math.min(nowMs - ageMs, ...lists.map((list) => list.asOfMs)) / 1000)
  const manifest: Manifest = {
    iss: issuerName(policy.bundleCity),
    hub: order.hub,
    seq: order.seq,
    iat,
    asOf,
    // No longer than the shortest of its lists.
    exp: Math.min(asOf + policy.bundleLifeS, ...lists.map((list) => list.expiresAt)),
    clockSkewS,
    policyFrom: policy.from,
    warnAfterS: policy.bundleWarnS,
    parts: parts.map(({ entry }) => entry),
  }
  const { token } = await source.keys.sign({
    city: policy.bundleCity,
    use: 'bundle',
    typ: BUNDLE_TYPE,
    payload: manifest,
  })
  const bytes = writeContainer(
    token,
    parts.map(({ part }) => part),
  )
  const gzipped = await promisify(gzip)(bytes)
  return { bundle: { bytes, gzipped, etag: etagOf(token), gzippedEtag: etagOf(token, '-gzip') }, register: written }
}

/** A key may be revoked while the lists are made; a bundle that says so of a key that signed one of them is refused whole. */
const TRIES = 3

async function readListsAndKeys(source: BundleSource) {
  for (let tries = TRIES; tries > 0; tries--) {
    const lists = await source.lists()
    // At one moment: nothing is awaited between the check and the writing.
    if (lists.every((list) => isKeyGood(list, source.keys))) return { lists, issuers: writeIssuers(source.keys) }
  }
  throw trustError('not-fresh', { retryAfter: 1 })
}

function writeIssuers(keys: BundleSource['keys']) {
  return CITIES.flatMap(({ code }) => {
    const issuer = keys.issuer(issuerName(code))
    return issuer === undefined ? [] : [writeIssuer(issuer, keys.publishedKeys(code))]
  })
}

async function writeRegister(
  institutions: BundleSource['institutions'],
  known: WrittenRegister | undefined,
): Promise<WrittenRegister> {
  // Read first: a change that comes while it is written is then written again next time.
  const changeNo = institutions.changeNo()
  if (known?.changeNo === changeNo) return known
  return { changeNo, ...described(PART.institutions, await writeInstitutions(institutions.all())) }
}

const described = (name: string, part: Buffer) => ({ part, entry: describePart(name, part) })
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
