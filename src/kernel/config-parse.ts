import { isIP } from 'node:net'

/*
 * How the text of a variable becomes its value, or a problem that a person can mend.
 */

type Parsed = { readonly value: unknown } | { readonly problem: string }
export type Parse = (text: string) => Parsed

export const text: Parse = (value) => ({ value })

export const whole =
  (min: number, max: number): Parse =>
  (value) => {
    const number = Number(value)
    if (!/^\d+$/.test(value) || number < min || number > max) {
      return { problem: `must be a whole number from ${min} to ${max}` }
    }
    return { value: number }
  }

export const oneOf =
  (choices: readonly string[]): Parse =>
  (value) =>
    choices.includes(value) ? { value } : { problem: `must be one of ${choices.join(', ')}` }

export const url =
  (...protocols: readonly string[]): Parse =>
  (value) =>
    URL.canParse(value) && protocols.includes(new URL(value).protocol)
      ? { value: value.replace(/\/$/, '') }
      : { problem: `must be a URL beginning with ${protocols.map((one) => `${one}//`).join(' or ')}` }

/** As `url`, and nothing but scheme, host, port and path: it is the issuer of tokens and stands in many answers. */
export const publicAddress: Parse = (value) => {
  const parsed = url('http:', 'https:')(value)
  if ('problem' in parsed) return parsed
  const { username, password, search, hash } = new URL(value)
  const clean = username === '' && password === '' && search === '' && hash === '' && !/[?#]/.test(value)
  return clean ? parsed : { problem: 'must have no user, password, query or fragment' }
}

/**
 * Which proxies to believe. Never all of them: whoever reaches the port could then name any address as his own in
 * X-Forwarded-For, and with it escape the limit per address and put a false one into the audit log. A number of hops
 * would not do: it cannot tell a load balancer from somebody who calls past it.
 */
export const proxies: Parse = (value) => {
  if (value === 'none') return { value: false }
  const list = value.split(',').map((one) => one.trim())
  return list.every(isNetwork)
    ? { value: list }
    : { problem: 'must be none, or addresses and CIDR blocks with commas between' }
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return false
  // A block of all addresses would be the same as believing everybody.
  return (
    prefix === undefined ||
    (/^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= (version === 4 ? 32 : 128))
  )
}

export const flag: Parse = (value) =>
  value === 'true' || value === 'false' ? { value: value === 'true' } : { problem: 'must be true or false' }
