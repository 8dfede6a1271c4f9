import { TEXT_MUTATIONS } from './mutations.ts'
import type { Chance } from './random.ts'

export interface Sent {
  readonly how: string
  readonly path: string
  readonly body: Buffer
  readonly headers: Record<string, string>
}

const JUNK: readonly unknown[] = [
  null,
  true,
  7,
  -0.5,
  1e308,
  '',
  'x',
  '\u0000',
  '\ud800',
  [],
  {},
  [[]],
  { code: 'x' },
  'shc:/',
  'shc:/5676',
  'HC1:',
  'HC1:NCFOXN',
  'shlink:/x',
  '{"verifiableCredential":["x"]}',
  'a.b.c',
  'x'.repeat(20_000),
]
const NAMES = ['code', 'purpose', 'singleUse', 'items', '__proto__', 'constructor', 'useKey', 'toString', '']
const PURPOSES = ['check-in', 'records', 'settlement', 'purchase', 'fun', '', '__proto__']

const flip = (bytes: Buffer, dice: Chance): Buffer => {
  const copy = Buffer.from(bytes)
  for (let times = dice.below(4); times >= 0; times--) {
    const at = dice.below(copy.length)
    copy[at] = (copy[at] ?? 0) ^ (1 << dice.below(8))
  }
  return copy
}

/** One showing as an object, with some of its members wrong. */
function showing(tokens: readonly string[], dice: Chance): Record<string, unknown> {
  const token = dice.pick(tokens)
  const [, change] = dice.pick(Object.entries(TEXT_MUTATIONS))
  const shown: Record<string, unknown> = { code: change(token, dice, tokens) }
  if (dice.below(3) === 0) shown['purpose'] = dice.pick(PURPOSES)
  if (dice.below(6) === 0) shown['singleUse'] = dice.pick<unknown>([true, false, 'true', 1, null])
  if (dice.below(4) === 0) {
    const name = dice.pick(NAMES)
    Object.defineProperty(shown, name, { value: dice.pick(JUNK), enumerable: true, configurable: true, writable: true })
  }
  return shown
}

const HEADERS: readonly ((authorization: string, dice: Chance) => Record<string, string>)[] = [
  () => ({ 'content-type': 'application/json; charset=utf-8' }),
  () => ({ 'content-type': 'application/json;charset=gb18030' }),
  () => ({ 'content-type': 'application/fhir+json' }),
  () => ({ 'content-type': 'text/plain' }),
  () => ({ 'content-type': 'multipart/form-data; boundary=x' }),
  () => ({ 'content-type': 'application/x-www-form-urlencoded' }),
  () => ({ 'content-type': '' }),
  () => ({ 'content-type': 'application/json/json;;=' }),
  () => ({ 'content-encoding': 'gzip' }),
  () => ({ accept: 'text/html' }),
  () => ({ 'x-request-id': '../../x' }),
  (_, dice) => ({ 'x-request-id': dice.word(300) }),
  (_, dice) => ({ 'idempotency-key': dice.word(1 + dice.below(200)) }),
  () => ({ 'idempotency-key': ' ' }),
  () => ({ authorization: '' }),
  () => ({ authorization: 'Bearer' }),
  () => ({ authorization: 'Basic eDp5' }),
  (authorization) => ({ authorization: authorization.replace('Bearer', 'bearer') }),
  (authorization) => ({ authorization: `${authorization} x` }),
  (authorization, dice) => {
    const [, change] = dice.pick(Object.entries(TEXT_MUTATIONS))
    const token = change(authorization.slice(7), dice, [authorization.slice(7)])
    return { authorization: `Bearer ${token.replaceAll(/[^\x21-\x7e]/g, '')}` }
  },
  (_, dice) => ({ authorization: `Bearer ${dice.word(4_000)}` }),
  () => ({ 'x-forwarded-for': '1.2.3.4, x, ::1' }),
  () => ({ 'x-http-method-override': 'DELETE' }),
]

/** A request to one of the two ways of verifying that is wrong somewhere. */
export function wrongRequest(tokens: readonly string[], authorization: string, dice: Chance): Sent {
  const batch = dice.below(4) === 0
  const shown = batch
    ? { items: Array.from({ length: 1 + dice.below(6) }, () => showing(tokens, dice)) }
    : showing(tokens, dice)
  const path = `/cards/verify${batch ? '-batch' : ''}`
  const text = JSON.stringify(shown)
  const send = (how: string, body: string | Buffer, headers: Record<string, string> = {}, to = path): Sent => ({
    how,
    path: to,
    body: Buffer.from(body as string),
    headers,
  })
  switch (dice.below(12)) {
    case 0:
      return send('bits', flip(Buffer.from(text), dice))
    case 1:
      return send('cut off', text.slice(0, dice.below(text.length)))
    case 2: {
      const at = dice.below(text.length)
      return send(
        'a character added',
        `${text.slice(0, at)}${dice.pick(['"', '{', ',', '\\', '\u0000', '码', '\ufeff'])}${text.slice(at)}`,
      )
    }
    case 3:
      return send('a member twice', text.replace('{', `{"${dice.pick(NAMES)}":"x",`))
    case 4:
      return send('nested', `{"code":${dice.pick(['[', '{"a":'])}`.padEnd(10 + dice.below(3_000), '['))
    case 5:
      return send('no object', JSON.stringify(dice.pick(JUNK)))
    case 6:
      return send('noise', dice.bytes(1 + dice.below(200)))
    case 7:
      return send('the other way’s body', text, {}, batch ? '/cards/verify' : '/cards/verify-batch')
    case 8:
      return send(
        'a query',
        text,
        {},
        `${path}?${dice.pick(['', 'a=b', 'code=x', '%', '__proto__=1', 'x'.repeat(900)])}`,
      )
    case 9:
    case 10:
      return send('headers', text, dice.pick(HEADERS)(authorization, dice))
    default:
      return send('a wrong code', text)
  }
}
