import { blindIndexes, equalInConstantTime } from '../kernel/crypto/index.ts'
import type { Deps } from '../kernel/deps.ts'

/** A link is opened at once; who needs the page later asks for another. */
const LIFE_MS = 5 * 60_000

export interface FiguresLink {
  readonly institution: string
  readonly month: string
  /** Seconds since 1970. */
  readonly until: number
  readonly signature: string
}

const TYPE = 'recognition-figures-link'

/** A link that a browser can open without a token: to one institution's month, for a few minutes. */
export function signLink(
  deps: Pick<Deps, 'keyring' | 'clock'>,
  of: { readonly institution: string; readonly month: string },
): FiguresLink {
  const until = Math.floor((deps.clock.now().getTime() + LIFE_MS) / 1000)
  const [signature] = signatures(deps, { ...of, until })
  if (signature === undefined) throw new TypeError('the keyring has no index key')
  return { ...of, until, signature }
}

/** Whether a link was given by this hub and still counts. */
export function isGoodLink(deps: Pick<Deps, 'keyring' | 'clock'>, link: FiguresLink): boolean {
  if (link.until * 1000 <= deps.clock.now().getTime()) return false
  return signatures(deps, link).some((one) => equalInConstantTime(one, link.signature))
}

/** Under every live key, the active one first: a rotation breaks no link. */
function signatures(
  { keyring }: Pick<Deps, 'keyring'>,
  { institution, month, until }: Omit<FiguresLink, 'signature'>,
): readonly string[] {
  const normalForm = `${institution}|${month}|${until}`
  return blindIndexes(keyring, { type: TYPE, normalForm }).map((one) => one.value.toString('base64url'))
}
