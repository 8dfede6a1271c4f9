import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verdictText } from '../../src/cards/verdict-text.ts'
import { rewrite, TEXT_MUTATIONS } from './mutations.ts'
import { chance, heapInUse, watchUncaught } from './random.ts'
import {
  CHENGDU,
  DEYANG,
  makeMemory,
  makePen,
  type Pen,
  PLACE,
  S,
  twinOf,
  verdictOf,
  writeCard,
  writeCode,
} from './wallet.ts'

// The verifier of the service, with keys as the service makes them: only the list of cards is made here.

const pens: readonly Pen[] = [
  makePen(CHENGDU, ['card']),
  makePen(CHENGDU, ['code']),
  makePen(CHENGDU, ['card'], 'EdDSA'),
  makePen(CHENGDU, ['code'], 'EdDSA'),
  makePen(DEYANG, ['card']),
  makePen(DEYANG, ['code']),
]
const sm2Pens: readonly Pen[] = [makePen(CHENGDU, ['card'], 'SM2-SM3'), makePen(CHENGDU, ['code'], 'SM2-SM3')]
/** Of nobody, and of the issuer but for something else. */
const wrongPens: readonly Pen[] = [makePen(CHENGDU, ['card', 'code']), makePen(CHENGDU, ['code'], 'EdDSA')]
const misusedPens: readonly Pen[] = [makePen(CHENGDU, ['status']), makePen(DEYANG, ['health', 'bundle'])]
const all = [...pens, ...sm2Pens, ...misusedPens]
const { memory, bits } = makeMemory(all)

let tokens: readonly string[] = []
let sm2Tokens: readonly string[] = []
let genuine: ReadonlySet<string> = new Set()
const uncaught = watchUncaught()

const writeAll = (of: readonly Pen[]) =>
  Promise.all(
    of.flatMap((pen) =>
      [0, 1, 2].map((at) =>
        pen.key.uses.has('card') ? writeCard(pen, { iat: S - at }) : writeCode(pen, { jti: `n-${at}` }),
      ),
    ),
  )

beforeAll(async () => {
  tokens = await writeAll(pens)
  sm2Tokens = await writeAll(sm2Pens)
  const twins = tokens
    .filter((token) => token.startsWith(Buffer.from('{"alg":"ES256"').toString('base64url').slice(0, 18)))
    .map(twinOf)
  genuine = new Set([...tokens, ...twins, ...sm2Tokens])
})
afterAll(() => uncaught.stop())

/** Refused with reasons that can be read, in an answer that is JSON. */
function mustRefuse(text: string, how: string): void {
  const verdict = verdictOf(memory, text)
  if (verdict.verdict !== 'refused' || verdict.reasons.length === 0) {
    throw new Error(`${how}: accepted, or refused without a reason: ${JSON.stringify(text)}`)
  }
  for (const { code, zh, en } of verdict.reasons) {
    if (!code || !zh || !en) throw new Error(`${how}: a reason without its texts`)
  }
  JSON.parse(verdictText(verdict, { withName: true }))
}

describe('changed cards and codes', () => {
  it('are good before they are changed, in all algorithms and in both signatures that hold', () => {
    // Twelve cards and codes of P-256, twice; six of Ed25519 and six of SM2.
    expect(genuine.size).toBe(36)
    for (const token of genuine) expect(verdictOf(memory, token).verdict).toBe('accepted')
  })

  it('are refused, 100,000 of them, with a reason and without an error, and leave nothing in memory', async () => {
    const dice = chance('changed tokens')
    const kinds = Object.entries(TEXT_MUTATIONS)
    const attack = (count: number): number => {
      let tried = 0
      while (tried < count) {
        const [how, change] = dice.pick(kinds)
        const text = change(dice.pick(tokens), dice, tokens)
        // Two exchanged characters may be the same one.
        if (genuine.has(text)) continue
        mustRefuse(text, how)
        tried++
      }
      return tried
    }
    attack(5_000)
    const before = await heapInUse()
    expect(attack(95_000)).toBe(95_000)
    expect((await heapInUse()) - before).toBeLessThan(4)
  }, 40_000)

  it('of SM2 are refused, too', () => {
    const dice = chance('changed SM2 tokens')
    const kinds = Object.entries(TEXT_MUTATIONS)
    for (let tried = 0; tried < 3_000; ) {
      const [how, change] = dice.pick(kinds)
      const text = change(dice.pick(sm2Tokens), dice, [...sm2Tokens, ...tokens])
      if (genuine.has(text)) continue
      mustRefuse(text, how)
      tried++
    }
  }, 30_000)

  it('whose content was written anew are refused, whoever signs them without being allowed to', () => {
    const dice = chance('rewritten tokens')
    for (let tried = 0; tried < 25_000; tried++) {
      mustRefuse(rewrite(dice.pick(tokens), dice, [...wrongPens, ...misusedPens], all), 'rewritten')
    }
  }, 40_000)

  it('cannot escape their status by another signature', async () => {
    const [card] = tokens as [string]
    for (const [status, reason] of [
      [1, 'revoked'],
      [2, 'suspended'],
    ] as const) {
      bits.set(PLACE.good, status)
      expect(verdictOf(memory, card).reasons[0]?.code).toBe(reason)
      expect(verdictOf(memory, twinOf(card)).reasons[0]?.code).toBe(reason)
    }
    bits.set(PLACE.good, 0)
    expect(verdictOf(memory, twinOf(card)).verdict).toBe('accepted')
  })

  it('leave no promise behind that nobody listens to', async () => {
    await new Promise((done) => setImmediate(done))
    expect(uncaught.seen).toEqual([])
  })
})
