import { createHmac } from 'node:crypto'
import type { Chance } from './random.ts'
import { encode, type Pen } from './wallet.ts'

export type Mutation = (token: string, chance: Chance, others: readonly string[]) => string

const replaceAt = (text: string, at: number, by: string): string => text.slice(0, at) + by + text.slice(at + 1)

function withPart(token: string, at: number, change: (part: string) => string): string {
  const parts = token.split('.')
  parts[at] = change(parts[at] ?? '')
  return parts.join('.')
}

const flipBits = (bytes: Buffer, chance: Chance): Buffer => {
  const copy = Buffer.from(bytes)
  for (let times = chance.below(3); times >= 0; times--) {
    const at = chance.below(copy.length)
    copy[at] = (copy[at] ?? 0) ^ (1 << chance.below(8))
  }
  return copy
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const LETTERS = BASE64URL.split('')
const STRANGE = [
  '=',
  '+',
  '/',
  '\u0000',
  ' ',
  '\n',
  '\t',
  '\u00e9',
  '\uff0e',
  '\u200b',
  '\ufeff',
  '\ud83d',
  '码',
  '%',
  '"',
  '\\',
  '.',
  '~',
]

/** Other characters that a careless decoder reads as the same: '-' as '+', the last one with its unused bits set. */
function respell(part: string, chance: Chance): string {
  const places = part.split('').flatMap((one, at) => (one === '-' || one === '_' ? [at] : []))
  const kind = chance.below(4)
  if (kind === 0 && places.length > 0) {
    const at = chance.pick(places)
    return replaceAt(part, at, part[at] === '-' ? '+' : '/')
  }
  if (kind === 1) return `${part}${'='.repeat(1 + chance.below(2))}`
  if (kind === 2) return replaceAt(part, chance.below(part.length), chance.pick(STRANGE))
  const value = BASE64URL.indexOf(part.at(-1) ?? 'A')
  return part.slice(0, -1) + BASE64URL[value ^ (1 + chance.below(3))]
}

/** Changes of the text that need no key. */
export const TEXT_MUTATIONS: Readonly<Record<string, Mutation>> = {
  'bits of a part': (token, chance) =>
    withPart(token, chance.below(3), (part) => flipBits(Buffer.from(part, 'base64url'), chance).toString('base64url')),
  'a bit of the text': (token, chance) => {
    const at = chance.below(token.length)
    return replaceAt(token, at, String.fromCharCode(token.charCodeAt(at) ^ (1 << chance.below(7))))
  },
  'a character of the alphabet': (token, chance) => replaceAt(token, chance.below(token.length), chance.pick(LETTERS)),
  'an end cut off': (token, chance) => token.slice(0, chance.below(token.length)),
  'a beginning cut off': (token, chance) => token.slice(1 + chance.below(token.length - 1)),
  'another spelling': (token, chance) => withPart(token, chance.below(3), (part) => respell(part, chance)),
  'a character added': (token, chance) => {
    const at = chance.below(token.length + 1)
    return token.slice(0, at) + chance.pick([...STRANGE, ...LETTERS]) + token.slice(at)
  },
  'a character removed': (token, chance) => replaceAt(token, chance.below(token.length), ''),
  'two characters exchanged': (token, chance) => {
    const [one, other] = [chance.below(token.length), chance.below(token.length)]
    return replaceAt(replaceAt(token, one, token[other] ?? ''), other, token[one] ?? '')
  },
  'parts of another token': (token, chance, others) => {
    const other = chance.pick(others).split('.')
    return withPart(token, chance.below(3), () => other[chance.below(3)] ?? '')
  },
  'parts in another order': (token, chance) => {
    const parts = token.split('.')
    const at = chance.below(3)
    return [...parts.slice(at), ...parts.slice(0, at)].concat(chance.below(2) === 0 ? parts : []).join('.')
  },
  'no signature': (token, chance) =>
    withPart(token, 2, (part) => chance.pick(['', 'A', 'A'.repeat(86), part + part, part.slice(0, 84)])),
  'r or s at the edge of the group': (token, chance) =>
    withPart(token, 2, (part) => {
      const bytes = Buffer.from(part, 'base64url')
      const edge = chance.pick([
        Buffer.alloc(32),
        Buffer.alloc(32, 0xff),
        Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex'),
        Buffer.from(`${'0'.repeat(63)}1`, 'hex'),
      ])
      edge.copy(bytes, chance.below(2) * 32)
      return bytes.toString('base64url')
    }),
}

const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e300,
  4_294_967_301,
  '',
  'x',
  [],
  {},
  '\u0000',
  9_007_199_254_740_991,
]

/** Changes of what the token says, written anew by somebody who does not have the key. */
export function rewrite(token: string, chance: Chance, wrong: readonly Pen[], known: readonly Pen[]): string {
  const [head = '', body = ''] = token.split('.')
  const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as Record<string, unknown>
  const payload = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>
  for (let times = chance.below(3); times >= 0; times--) {
    const target = chance.below(2) === 0 ? header : payload
    const name = chance.pick([...Object.keys(target), 'crit', 'jwk', 'jku', 'x5c', 'sub', 'pur', 'aud', '__proto__'])
    const value = chance.pick<unknown>([
      ...VALUES,
      ...known.map(({ key }) => key.kid),
      'none',
      'HS256',
      'ES256',
      'EdDSA',
      'ymt-card+jwt',
      'urn:yimatong:510600',
    ])
    if (chance.below(4) === 0) delete target[name]
    else Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
  }
  const signed = `${encode(spell(header, chance))}.${encode(spell(payload, chance))}`
  const pen = chance.pick(wrong)
  const kind = chance.below(6)
  if (kind === 0) return `${signed}.`
  if (kind === 1) {
    // The public key as the secret of an HMAC: what an "algorithm from the token" verifier would accept.
    const secret = chance.pick([JSON.stringify(pen.jwk), pen.jwk.x, chance.pick(known).jwk.x])
    const mac = createHmac('sha256', secret).update(signed).digest()
    return `${signed}.${Buffer.concat(chance.below(2) === 0 ? [mac] : [mac, mac]).toString('base64url')}`
  }
  return `${signed}.${pen.signNow(signed).toString('base64url')}`
}

/** JSON in one of the ways that mean the same, or with a member twice. */
function spell(value: Record<string, unknown>, chance: Chance): string {
  const text = JSON.stringify(value)
  switch (chance.below(6)) {
    case 0:
      return ` ${text}\n`
    case 1:
      return text.replace('{', `{"${chance.pick([...Object.keys(value), 'alg'])}":"x",`)
    case 2:
      return text.replace(/}$/, `,"${chance.pick([...Object.keys(value), 'alg'])}":1}`)
    case 3:
      return `${'['.repeat(chance.below(300))}${text}`
    default:
      return text
  }
}
