import { constants, deflateRawSync, deflateSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { unwrapDcc } from '../../src/foreign/dcc/read-dcc.ts'
import { createForeignTrust, verifyForeign } from '../../src/foreign/index.ts'
import { findCards } from '../../src/foreign/shc/read-shc.ts'
import {
  claimsOf,
  contentOf,
  dccListOf,
  encodeBase45,
  IAT,
  makeDcc,
  makeSigner,
  seal,
  toText,
} from '../foreign/dcc-maker.ts'
import { largePayload, listOf, makeIssuer, NBF, payloadOf, signCard, toNumeric, toParts } from '../foreign/shc-maker.ts'
import { TEXT_MUTATIONS } from './mutations.ts'
import { type Chance, chance, heapInUse, watchUncaught } from './random.ts'
import { twinOf } from './wallet.ts'

const issuer = makeIssuer()
const other = makeIssuer('https://other.example/shc')
const stranger = { ...makeIssuer(issuer.iss), kid: issuer.kid }
const signer = makeSigner()
const rsaSigner = makeSigner({ country: 'DE', rsa: true })
const strangeSigner = { ...makeSigner(), kid: signer.kid }
const trust = createForeignTrust({ shc: listOf([issuer, other]), dcc: dccListOf([signer, rsaSigner]) })
const context = { nowMs: NBF * 1000 + 86_400_000, clockSkewS: 5 }
const uncaught = watchUncaught()
afterAll(() => uncaught.stop())

const jws = signCard(issuer, payloadOf(issuer.iss))
const otherJws = signCard(other, payloadOf(other.iss))
const dccs = [
  makeDcc(signer),
  makeDcc(signer, claimsOf(contentOf('t'))),
  makeDcc(rsaSigner, claimsOf(contentOf('r'), { 1: 'DE' })),
]

/** Refused with readable reasons, or it says nothing but what was signed: another spelling of the same certificate. */
function mustRefuse(text: string, how: string, isSame: () => boolean): void {
  const verdict = verifyForeign(trust, text, context)
  if (verdict.verdict === 'accepted') {
    if (isSame()) return
    throw new Error(`${how}: accepted ${JSON.stringify(text)}`)
  }
  if (verdict.reasons.length === 0 || verdict.reasons.some(({ code, zh, en }) => !code || !zh || !en)) {
    throw new Error(`${how}: refused without a readable reason`)
  }
}

const isSameCard = (text: string) => (): boolean => {
  const cards = findCards(text)
  return 'code' in cards ? false : cards.every((one) => one === jws || one === otherJws || one === twinOf(jws))
}

const genuineCose = new Set(dccs.map((one) => Buffer.from(unwrapDcc(one)!.signed).toString('hex')))
const isSameCertificate = (text: string) => (): boolean => {
  const cose = unwrapDcc(text)
  return cose !== undefined && genuineCose.has(Buffer.from(cose.signed).toString('hex'))
}

const flip = (bytes: Uint8Array, dice: Chance): Buffer => {
  const copy = Buffer.from(bytes)
  for (let times = dice.below(3); times >= 0; times--) {
    const at = dice.below(copy.length)
    copy[at] = (copy[at] ?? 0) ^ (1 << dice.below(8))
  }
  return copy
}

describe('changed SMART Health Cards', () => {
  it('are good before they are changed', () => {
    for (const text of [toNumeric(jws), toNumeric(otherJws), toNumeric(twinOf(jws))]) {
      expect(verifyForeign(trust, text, context).verdict).toBe('accepted')
    }
  })

  it('are refused, 12,000 of them, whatever is changed: digits, the token, the compressed bytes, the content', async () => {
    const dice = chance('changed SMART Health Cards')
    const kinds = Object.entries(TEXT_MUTATIONS)
    const payload = JSON.stringify(payloadOf(issuer.iss))
    const [header = ''] = jws.split('.')
    const large = toParts(signCard(issuer, largePayload(issuer.iss)), 3)
    const foreign = toParts(signCard(other, largePayload(other.iss)), 3)
    const makers: Readonly<Record<string, () => string>> = {
      digits: () => dice.pick(kinds)[1](toNumeric(jws), dice, [toNumeric(otherJws)]),
      token: () => toNumeric(dice.pick(kinds)[1](jws, dice, [otherJws, jws])),
      'file of tokens': () =>
        JSON.stringify({ verifiableCredential: [jws, dice.pick(kinds)[1](jws, dice, [otherJws])] }),
      'compressed bytes': () =>
        toNumeric(
          signCard(stranger, '', { header: { kid: issuer.kid }, compressed: flip(deflateRawSync(payload), dice) }),
        ),
      content: () => toNumeric(signCard(stranger, flip(Buffer.from(payload), dice).toString('latin1'))),
      'compressed anew, signature kept': () => {
        const body = deflateRawSync(payload, { level: dice.below(10), strategy: dice.below(4) })
        const text = `${header}.${body.toString('base64url')}.${jws.split('.')[2]}`
        return text === jws ? toNumeric(`${text}A`) : toNumeric(text)
      },
      'parts of two cards': () => {
        return [large[0], foreign[1], dice.pick([large[2], large[0], foreign[2]])].join('\n')
      },
    }
    const attack = (count: number): void => {
      for (let tried = 0; tried < count; tried++) {
        const how = dice.pick(Object.keys(makers))
        const text = (makers[how] as () => string)()
        mustRefuse(text, how, isSameCard(text))
      }
    }
    attack(1_000)
    const before = await heapInUse()
    attack(11_000)
    expect((await heapInUse()) - before).toBeLessThan(4)
  }, 60_000)

  it('are refused for a bomb of DEFLATE without being inflated beyond the limit', () => {
    for (const level of [1, 9]) {
      const bomb = deflateRawSync(Buffer.alloc(40 * 1024 * 1024, 0x20), { level, memLevel: 9 })
      const text = signCard(issuer, '', { compressed: bomb.subarray(0, 47_000) })
      const began = performance.now()
      for (let times = 0; times < 20; times++) {
        expect(verifyForeign(trust, toNumeric(text), context).verdict).toBe('refused')
      }
      expect(performance.now() - began).toBeLessThan(2_000)
    }
  })
})

describe('changed EU certificates', () => {
  it('are good before they are changed, also under PS256', () => {
    for (const text of dccs) expect(verifyForeign(trust, text, context).verdict).toBe('accepted')
  })

  it('are refused, 15,000 of them, whatever is changed: the text, the compressed bytes, the message, the content', async () => {
    const dice = chance('changed EU certificates')
    const kinds = Object.entries(TEXT_MUTATIONS)
    const cose = seal(signer)
    const makers: Readonly<Record<string, () => string>> = {
      text: () => dice.pick(kinds)[1](dice.pick(dccs), dice, dccs),
      'compressed bytes': () => `HC1:${encodeBase45(flip(deflateSync(cose), dice))}`,
      message: () => toText(flip(cose, dice)),
      'a message cut off': () => toText(cose.subarray(0, dice.below(cose.length))),
      content: () => makeDcc(strangeSigner, claimsOf(contentOf('v'), { 4: IAT + dice.below(1e9), 6: dice.below(2e9) })),
      'content of noise': () => makeDcc(strangeSigner, undefined, { payload: dice.bytes(1 + dice.below(300)) }),
      noise: () => toText(dice.bytes(1 + dice.below(500))),
      'noise in CBOR': () => toText(Buffer.concat([Buffer.from([0xd2, 0x84]), dice.bytes(1 + dice.below(200))])),
    }
    const attack = (count: number): void => {
      for (let tried = 0; tried < count; tried++) {
        const how = dice.pick(Object.keys(makers))
        const text = (makers[how] as () => string)()
        mustRefuse(text, how, isSameCertificate(text))
      }
    }
    attack(1_000)
    const before = await heapInUse()
    attack(14_000)
    expect((await heapInUse()) - before).toBeLessThan(4)
  }, 60_000)

  it.each<[string, () => Uint8Array]>([
    ['nesting', () => Buffer.concat([Buffer.alloc(60_000, 0x81), Buffer.from([0])])],
    ['an array of four thousand million', () => Buffer.from([0x9a, 0xff, 0xff, 0xff, 0xff])],
    ['a byte string of all memory', () => Buffer.from([0x5b, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
    ['a big number', () => Buffer.concat([Buffer.from([0xc2, 0x59, 0xf0, 0x00]), Buffer.alloc(0xf000, 0xff)])],
    ['many tags', () => Buffer.concat([Buffer.alloc(60_000, 0xd2), Buffer.from([0])])],
    ['many keys', () => Buffer.concat([Buffer.from([0xbf]), Buffer.alloc(60_000, 0x00), Buffer.from([0xff])])],
  ])('are refused at once with %s in the message', (_case, make) => {
    const text = toText(make())
    const began = performance.now()
    expect(verifyForeign(trust, text, context)).toMatchObject({ verdict: 'refused', reasons: [{ code: 'malformed' }] })
    expect(performance.now() - began).toBeLessThan(2_000)
  })

  it('are refused for a bomb of zlib', () => {
    const bomb = deflateSync(Buffer.alloc(5_000_000), { level: constants.Z_BEST_COMPRESSION })
    const text = `HC1:${encodeBase45(bomb)}`
    expect(text.length).toBeLessThan(8_192)
    const began = performance.now()
    for (let times = 0; times < 20; times++) {
      expect(verifyForeign(trust, text, context)).toMatchObject({
        verdict: 'refused',
        reasons: [{ code: 'malformed' }],
      })
    }
    expect(performance.now() - began).toBeLessThan(2_000)
  })
})

describe('all of them', () => {
  it('left no promise behind that nobody listens to', () => {
    expect(uncaught.seen).toEqual([])
  })
})
