import { isIPv6 } from 'node:net'
import { Address6 } from 'ip-address'
import { createBoundedMap } from './bounded-map.ts'

/** Counts the requests of each address in fixed windows of time. */
export interface AddressWindow {
  /** Counts one request: 0 where it may pass, else the seconds until the address may try again. */
  count(address: string): number
}

export interface AddressWindowOptions {
  readonly max: number
  readonly windowMs: number
  /** Addresses counted at a time; beyond them the one that came first is forgotten. */
  readonly addresses: number
}

/** One IPv6 customer has a whole /64, so that counts as one address. */
const SUBNET = 64

/**
 * A map that is emptied when its window ends: one look-up a request, and nothing per address that a timer would have to
 * clean up. A client can use up two windows in a row at their border, which for this limit does not matter.
 */
export function createAddressWindow(options: AddressWindowOptions): AddressWindow {
  const counts = createBoundedMap<{ seen: number }>(options.addresses)
  /** By the address as it is written: parsing an IPv6 address costs more than all the rest. */
  const shared = createBoundedMap<{ seen: number }>(options.addresses)
  let endsAt = 0

  const counterOf = (address: string): { seen: number } => {
    const key = isIPv6(address) ? subnetOf(address) : address
    let counter = counts.get(key)
    if (counter === undefined) {
      counter = { seen: 0 }
      counts.set(key, counter)
    }
    shared.set(address, counter)
    return counter
  }

  return {
    count(address) {
      const now = performance.now()
      if (now >= endsAt) {
        counts.clear()
        shared.clear()
        endsAt = now + options.windowMs
      }
      const counter = shared.get(address) ?? counterOf(address)
      counter.seen++
      return counter.seen <= options.max ? 0 : Math.max(1, Math.ceil((endsAt - now) / 1000))
    },
  }
}

function subnetOf(address: string): string {
  const parsed = new Address6(address)
  if (parsed.isMapped4()) return parsed.to4().correctForm()
  return new Address6(`${address}/${SUBNET}`).startAddress().correctForm()
}
