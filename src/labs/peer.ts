import { BlockList, isIP } from 'node:net'

/** Whether an address is one of a list of addresses and CIDR blocks. */
export function isAmong(address: string, list: readonly string[]): boolean {
  const plain = plainAddress(address)
  const family = isIP(plain)
  if (family === 0) return false
  const blocks = new BlockList()
  for (const entry of list) {
    const [net = '', prefix] = entry.split('/')
    const version = isIP(net) === 6 ? 'ipv6' : 'ipv4'
    if (prefix === undefined) blocks.addAddress(net, version)
    else blocks.addSubnet(net, Number(prefix), version)
  }
  return blocks.check(plain, family === 6 ? 'ipv6' : 'ipv4')
}

/** An IPv4 peer of a socket that listens for both comes as `::ffff:10.0.0.1`. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')

/** An address, or a block that is not everybody. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return false
  if (prefix === undefined) return true
  return /^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= (version === 4 ? 32 : 128)
}
