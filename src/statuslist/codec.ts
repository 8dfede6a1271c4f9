import { decodeBase64url } from '../kernel/base64url.ts'
import { deflateRunsInPool, inflateWhole } from '../kernel/inflate.ts'

/** Bits of one status: draft-ietf-oauth-status-list §4.1. */
export const STATUS_BITS = [1, 2, 4, 8] as const
export type StatusBits = (typeof STATUS_BITS)[number]

/** The statuses of many cards, packed: the first one in the lowest bits of the first byte. */
export interface StatusList {
  readonly bits: StatusBits
  readonly bytes: Uint8Array
  /** Number of places. */
  readonly size: number
}

export const isStatusBits = (value: unknown): value is StatusBits => STATUS_BITS.some((bits) => bits === value)

export function statusList(bits: StatusBits, bytes: Uint8Array): StatusList {
  return { bits, bytes, size: (bytes.length * 8) / bits }
}

/** `lst` of a list: zlib, then base64url. Compressed in the thread pool, which the event loop does not wait for. */
export async function encodeStatusList(bits: StatusBits, packed: Uint8Array): Promise<string> {
  if (!isStatusBits(bits)) throw new RangeError(`a status has 1, 2, 4 or 8 bits, not ${String(bits)}`)
  return (await deflateRunsInPool(packed)).toString('base64url')
}

/**
 * Reads `lst`: a text in a JWT, bytes in a CWT. Undefined for what is not one whole zlib stream, is empty, or inflates
 * beyond `maxBytes`.
 */
export function decodeStatusList(bits: StatusBits, lst: string | Uint8Array, maxBytes: number): StatusList | undefined {
  const compressed = typeof lst === 'string' ? decodeBase64url(lst) : lst
  const bytes = compressed && inflateWhole(compressed, { format: 'zlib', maxBytes })
  return bytes === undefined || bytes.length === 0 ? undefined : statusList(bits, bytes)
}

/** The status at a place, or undefined outside the list: a card with such a place must be refused (§8.3). */
export function statusAt(list: StatusList, idx: number): number | undefined {
  if (!Number.isSafeInteger(idx) || idx < 0 || idx >= list.size) return undefined
  const { bits, bytes } = list
  const bit = idx * bits
  return ((bytes[Math.floor(bit / 8)] ?? 0) >> (bit % 8)) & (2 ** bits - 1)
}
