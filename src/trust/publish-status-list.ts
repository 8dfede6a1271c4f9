import type { StatusBits } from '../cards/index.ts'
import type { CityCode } from '../codes/index.ts'
import { type IssuerKeys, issuerName } from '../issuers/index.ts'
import { encodeStatusList, STATUS_LIST_JWT, statusListPayload } from '../statuslist/index.ts'
import { trustError } from './errors.ts'
import { etagOf } from './etag.ts'
import type { TrustPolicy } from './types.ts'

/** A status list as it is handed out. */
export interface PublishedList {
  readonly city: CityCode
  /** Address of the list, its `sub`. */
  readonly uri: string
  readonly token: string
  readonly etag: string
  readonly ttlS: number
  /** Seconds since 1970. */
  readonly issuedAt: number
  readonly expiresAt: number
  readonly kid: string
  /** Everything that was committed by then is in it. */
  readonly asOfMs: number
  /** The bits in it, as they were when it was made. */
  readonly packed: Uint8Array
  readonly lst: string
  readonly policyFrom: string
}

export interface ListOrder {
  readonly city: CityCode
  readonly publicUrl: string
  readonly policy: TrustPolicy
  readonly nowMs: number
  /** How old what is in memory can be. */
  readonly ageMs: number
}

export const listUri = (publicUrl: string, city: string): string => `${publicUrl}/trust/status-lists/${city}`

/**
 * The list of a city as a signed token (draft-ietf-oauth-status-list §5.1). The one before stays where it still says the
 * truth and has three quarters of its life before it: who asks again then hears "not changed".
 *
 * @throws `trust.not-fresh` where the memory is older than the list may be: it would be dated today and be of yesterday
 */
export async function publishStatusList(
  source: { readonly bits: StatusBits; readonly keys: Pick<IssuerKeys, 'issuer' | 'sign'> },
  order: ListOrder,
  previous: PublishedList | undefined,
): Promise<PublishedList> {
  const { city, policy, nowMs } = order
  if (order.ageMs > policy.listTtlS * 1000) throw trustError('not-fresh', { retryAfter: 1 })
  const current = source.bits.bytes()
  const unchanged = previous !== undefined && Buffer.compare(previous.packed, current) === 0
  const asOfMs = nowMs - order.ageMs
  if (unchanged && isGoodFor(previous, order, source.keys)) return { ...previous, asOfMs }
  // A copy: the bits go on changing while the thread pool compresses them.
  const packed = unchanged ? previous.packed : current.slice()
  const lst = unchanged ? previous.lst : await encodeStatusList(2, packed)
  const issuedAt = Math.floor(nowMs / 1000)
  const expiresAt = issuedAt + policy.listLifeS
  const iss = issuerName(city)
  const uri = listUri(order.publicUrl, city)
  const { token, kid } = await source.keys.sign({
    city,
    use: 'status',
    typ: STATUS_LIST_JWT,
    payload: statusListPayload({ iss, sub: uri, iat: issuedAt, exp: expiresAt, ttl: policy.listTtlS, bits: 2, lst }),
  })
  const etag = etagOf(token)
  return {
    city,
    uri,
    token,
    etag,
    ttlS: policy.listTtlS,
    issuedAt,
    expiresAt,
    kid,
    asOfMs,
    packed,
    lst,
    policyFrom: policy.from,
  }
}

/** Whether the key that signed the list is not revoked by now: if it is, every verifier refuses the list. */
export function isKeyGood(
  { city, kid }: Pick<PublishedList, 'city' | 'kid'>,
  keys: Pick<IssuerKeys, 'issuer'>,
): boolean {
  return keys.issuer(issuerName(city))?.keys.get(kid)?.revoked === false
}

function isGoodFor(list: PublishedList, { policy, nowMs, city }: ListOrder, keys: Pick<IssuerKeys, 'issuer'>): boolean {
  const key = keys.issuer(issuerName(city))?.keys.get(list.kid)
  const signs = key !== undefined && !key.revoked && nowMs < key.retiredAtMs
  const ageS = nowMs / 1000 - list.issuedAt
  return signs && list.policyFrom === policy.from && ageS >= 0 && ageS < policy.listLifeS / 4
}
