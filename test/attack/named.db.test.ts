import { randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { CARD_TYPE, CODE_TYPE } from '../../src/cards/token.ts'
import { markIssuerChanged } from '../../src/issuers/store.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { makeIssuer, signCard, toNumeric } from '../foreign/shc-maker.ts'
import { useDatabase } from '../support/database.ts'
import { chance, heapInUse, watchUncaught } from './random.ts'
import { useServed } from './served.ts'
import { encode, makePen, twinOf } from './wallet.ts'

const database = useDatabase()
const served = useServed(database)
const uncaught = watchUncaught()
afterAll(() => uncaught.stop())

const reasons = async (body: object): Promise<readonly string[]> =>
  (await served.verify(body)).reasons.map((one) => one.code)

async function batch(items: readonly object[]): Promise<readonly string[]> {
  const { text } = await served.ask('/cards/verify-batch', JSON.stringify({ items }))
  const { items: answers } = JSON.parse(text) as { items: { verdict: string; reasons: { code: string }[] }[] }
  return answers.map((one) => (one.verdict === 'accepted' ? 'accepted' : one.reasons.map(({ code }) => code).join(' ')))
}

describe('a code that was used once is refused as replayed', () => {
  it('under its other signature (r, n - s), whatever it is shown for next', async () => {
    const code = await served.code(served.card(0))
    expect((await served.verify({ code, singleUse: true })).verdict).toBe('accepted')
    for (const again of [code, twinOf(code)]) {
      expect(await reasons({ code: again, singleUse: true })).toEqual(['replayed'])
      expect(await reasons({ code: again })).toEqual(['replayed'])
      expect(await reasons({ code: again, purpose: 'records' })).toEqual(['replayed'])
    }
  })

  it('when both signatures come at the same moment, over several connections: one use', async () => {
    for (let round = 0; round < 5; round++) {
      const code = await served.code(served.card(1))
      const shown = [code, twinOf(code), code, twinOf(code), code, twinOf(code)]
      const verdicts = await Promise.all(shown.map((one) => served.verify({ code: one, singleUse: true })))
      expect(verdicts.filter((one) => one.verdict === 'accepted')).toHaveLength(1)
    }
  })

  it('within one batch, where the first one is the use', async () => {
    const code = await served.code(served.card(2))
    const items = [code, twinOf(code), code].map((one) => ({ code: one, singleUse: true }))
    expect(await batch(items)).toEqual(['accepted', 'replayed', 'replayed'])
  })

  it('in SM2, where the answer comes later', async () => {
    const code = await served.code(served.card(2), 'SM2-SM3')
    const verdicts = await Promise.all([1, 2, 3, 4].map(() => served.verify({ code, singleUse: true })))
    expect(verdicts.filter((one) => one.verdict === 'accepted')).toHaveLength(1)
    expect(await reasons({ code })).toEqual(['replayed'])
  })

  it('within a second also where the use was never announced', async () => {
    const code = await served.code(served.card(0))
    const payload = JSON.parse(Buffer.from(code.split('.')[1] ?? '', 'base64url').toString())
    await database.db
      .insertInto('cards_code_use')
      .values({
        city: '510100',
        nonce: payload.jti,
        card_id: payload.sub,
        used_by: 'somebody at another process',
        used_at: served.api.deps.clock.now(),
        expires_at: new Date(payload.exp * 1000),
      })
      .execute()
    await vi.waitFor(async () => expect(await reasons({ code })).toEqual(['replayed']), {
      timeout: 1_000,
      interval: 20,
    })
  })

  it('by another client that comes with the same Idempotency-Key, but not by the one that used it', async () => {
    const code = await served.code(served.card(3))
    const other = await served.api.token('pharmacy')
    const ask = async (headers: Record<string, string>) =>
      JSON.parse((await served.ask('/cards/verify', JSON.stringify({ code, singleUse: true }), headers)).text).verdict
    expect(await ask({ 'idempotency-key': 'k1' })).toBe('accepted')
    expect(await ask({ 'idempotency-key': 'k1' })).toBe('accepted')
    expect(await ask({ 'idempotency-key': 'k2' })).toBe('refused')
    expect(await ask({ ...other, 'idempotency-key': 'k1' })).toBe('refused')
    expect(await ask({})).toBe('refused')
  })

  it('and a card, which can be shown for years, counts once under no signature', async () => {
    for (const card of [served.card(0), twinOf(served.card(0))]) {
      expect(await reasons({ code: card, singleUse: true })).toEqual(['single-use-needs-code'])
    }
  })
})

describe('bodies that are too much', () => {
  it('are refused for their size before they are parsed', async () => {
    const text = await served.raw(
      `POST /cards/verify-batch HTTP/1.1\r\nhost: x\r\nauthorization: ${served.authorization}\r\ncontent-type: application/json\r\ncontent-length: 4000000000\r\n\r\n{"items":[`,
    )
    expect(text).toMatch(/^HTTP\/1\.1 413 /)
    expect(text).toContain('"code":"request.too-large"')
  })

  it.each(['/cards/verify', '/cards/verify-batch'])('are refused for their depth: %s', async (path) => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      for (const depth of [41, 1_000, 200_000]) {
        const nested = `${open.repeat(depth)}1${close.repeat(depth)}`
        for (const body of [nested, `{"code":${nested}}`, `{"items":[{"code":${nested}}]}`, open.repeat(depth)]) {
          const answer = await served.ask(path, body)
          expect(answer.status, `${path} ${depth}`).toBe(400)
          expect(JSON.parse(answer.text).code).toMatch(/^request\./)
        }
      }
    }
  })

  it('of 500 codes of 16 KB are answered one by one, and nobody waits long beside them', async () => {
    const dice = chance('large items')
    const kinds = ['a', 'HC1:', 'shc:/', '{"verifiableCredential":["', 'eyJhbGciOiJFUzI1NiJ9.']
    const items = Array.from({ length: 500 }, (_, at) => ({
      code: (kinds[at % kinds.length] ?? '').padEnd(16_384, at % 2 === 0 ? '5' : dice.word(50)),
    }))
    const beside = watchNeighbours()
    const answers = await batch(items)
    expect(answers).toHaveLength(500)
    expect(new Set(answers).has('accepted')).toBe(false)
    expect(await beside()).toBeLessThan(1_000)
    const tooLarge = await served.ask('/cards/verify-batch', JSON.stringify({ items: [{ code: 'x'.repeat(16_385) }] }))
    expect(tooLarge.status).toBe(400)
    const tooMany = await served.ask('/cards/verify-batch', JSON.stringify({ items: Array(501).fill({ code: 'x' }) }))
    expect(tooMany.status).toBe(400)
  }, 60_000)

  it('of 500 stuffed SMART Health Cards, which grow a hundredfold, hold nobody up for long', async () => {
    const stranger = makeIssuer()
    const code = toNumeric(signCard(stranger, `{"a":[${'{},'.repeat(21_000)}{}]}`))
    const beside = watchNeighbours()
    const began = performance.now()
    const answers = await batch(Array.from({ length: 500 }, () => ({ code })))
    const tookMs = performance.now() - began
    const worstMs = await beside()
    process.stdout.write(
      `500 stuffed cards: ${tookMs.toFixed(0)} ms; a card beside them waited ${worstMs.toFixed(0)} ms\n`,
    )
    expect(new Set(answers)).toEqual(new Set(['malformed']))
    expect(worstMs).toBeLessThan(1_000)
  }, 60_000)
})

/** Shows a card again and again until it is asked for the longest wait, in milliseconds. */
function watchNeighbours(): () => Promise<number> {
  let worst = 0
  let on = true
  const running = (async () => {
    while (on) {
      const began = performance.now()
      expect((await served.verify({ code: served.card(0) })).verdict).toBe('accepted')
      worst = Math.max(worst, performance.now() - began)
    }
  })()
  return async () => {
    on = false
    await running
    return worst
  }
}

describe('a flood of lists, from a client that may send them,', () => {
  const flood = async (body: string, lists: number, ofOthers: string) => {
    const statuses = new Set<number>()
    let left = lists
    const sender = async (): Promise<void> => {
      while (left-- > 0) statuses.add((await served.ask('/cards/verify-batch', body)).status)
    }
    const others = new Set<number>()
    let on = true
    const other = (async () => {
      while (on) others.add((await served.ask('/cards/verify', JSON.stringify({ code: ofOthers }))).status)
    })()
    await Promise.all(Array.from({ length: 7 }, sender))
    on = false
    await other
    return { statuses: [...statuses], others: [...others] }
  }

  it('is answered as fast as it can be audited, and takes no answer from anybody else', async () => {
    // Four times what may wait to be audited.
    const body = JSON.stringify({ items: Array(500).fill({ code: 'x' }) })
    expect(await flood(body, 160, served.card(0))).toEqual({ statuses: [200], others: [200] })
    await served.api.live.verificationAudit.flush()
  }, 60_000)

  it('whose signatures are SM2 leaves the threads for others, too', async () => {
    const code = `${served.card(0, 'SM2-SM3').slice(0, -6)}AAAAAA`.replace(/.$/, 'A')
    const body = JSON.stringify({ items: Array(400).fill({ code }) })
    expect(await flood(body, 8, served.card(1, 'SM2-SM3'))).toEqual({ statuses: [200], others: [200] })
  }, 60_000)
})

describe('what the audit log takes from nobody', () => {
  const eventsOf = async (requestIds: readonly string[]) => {
    await served.api.live.verificationAudit.flush()
    const rows = await database.db
      .selectFrom('audit_event')
      .select(['action', 'target_id', 'result', 'request_id'])
      .where('request_id', 'in', requestIds)
      .execute()
    return rows.length
  }

  it.each([
    '8613812345678',
    '13812345678',
    'a-8613812345678-b',
    '51010419900101999X',
    '510104199001019995-510104199001019995',
    'x'.repeat(64),
    '00000000',
  ])('as the id of a request stops no audit, and so no verification: %s', async (id) => {
    const body = JSON.stringify({ code: served.card(0) })
    const answers = [
      await served.ask('/cards/verify', body, { 'x-request-id': id }),
      await served.ask('/cards/verify', body, {
        'x-request-id': id,
        'content-type': 'application/json; charset=utf-8',
      }),
      await served.ask('/cards/verify-batch', JSON.stringify({ items: [{ code: 'x' }] }), { 'x-request-id': id }),
    ]
    expect(answers.map((one) => one.status)).toEqual([200, 200, 200])
    expect(await eventsOf(answers.map((one) => one.requestId))).toBe(3)
  })

  const ODD = ['\u0000', '某人', '510104199001019995', '86 138 1234 5678', 'x'.repeat(200), '']

  it.each(ODD)('as an id in what an issuer signed is malformed, also where it would count once: %j', async (odd) => {
    const [, body = ''] = served.card(5).split('.')
    const { iss, jti, iat, exp, idx } = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>
    const sign = async (use: 'card' | 'code', typ: string, payload: object) =>
      (await served.api.live.issuerKeys.sign({ city: '510100', use, typ, payload })).token
    const signed = [await sign('card', CARD_TYPE, { iss, jti: odd, iat, exp, idx })]
    signed.push(await sign('code', CODE_TYPE, { iss, sub: odd, jti: 'a-nonce', iat, exp, idx }))
    // A number is as good a nonce as any other word.
    if (!/^\d+$/.test(odd)) signed.push(await sign('code', CODE_TYPE, { iss, sub: jti, jti: odd, iat, exp, idx }))
    for (const code of signed) {
      expect(await reasons({ code })).toEqual(['malformed'])
      expect(await reasons({ code, singleUse: true })).toEqual(['malformed'])
    }
  })

  it.each(ODD)(
    'in an event that got so far is left out, and the event and those beside it are kept: %j',
    async (odd) => {
      const before = served.lines.length
      const first = await served.ask('/cards/verify', JSON.stringify({ code: served.card(0) }))
      served.api.live.verificationAudit.record({
        actor: 'somebody',
        actorOrg: 'somewhere',
        role: 'hospital',
        action: 'cards.verify-odd',
        targetType: 'card',
        targetId: odd,
        purpose: 'check-in',
        basis: 'treatment',
        result: 'refused',
      })
      const last = await served.ask('/cards/verify', JSON.stringify({ code: served.card(1) }))
      expect(await eventsOf([first.requestId, last.requestId])).toBe(2)
      const kept = database.db.selectFrom('audit_event').select('target_id').where('action', '=', 'cards.verify-odd')
      expect((await kept.execute()).every((row) => row.target_id === null)).toBe(true)
      expect((await kept.execute()).length).toBeGreaterThan(0)
      // Who runs the hub hears of it.
      expect(served.lines.splice(before)).toEqual([expect.stringContaining('without its free texts')])
    },
  )
})

describe('a flood of 50,000 codes with keys and issuers that nobody knows', () => {
  it('makes no look-up in the database and leaves nothing in memory', async () => {
    const dice = chance('unknown keys')
    const pen = makePen('urn:yimatong:510100', ['card'])
    const nowS = Math.floor(served.api.deps.clock.now().getTime() / 1000)
    const known = JSON.parse(Buffer.from(served.card(0).split('.')[0] ?? '', 'base64url').toString()) as { kid: string }
    const wild = (): string => {
      const header = {
        alg: dice.pick(['ES256', 'EdDSA', 'SM2-SM3']),
        kid: dice.pick([dice.word(11), known.kid]),
        typ: dice.pick([CARD_TYPE, CODE_TYPE]),
      }
      const iss = dice.pick(['urn:yimatong:510100', 'urn:yimatong:999999', `urn:${dice.word(20)}`])
      const payload = {
        iss,
        ...(header.typ === CODE_TYPE ? { sub: randomUUID() } : {}),
        jti: randomUUID(),
        iat: nowS,
        exp: nowS + 60,
        idx: dice.below(1e6),
      }
      const signed = `${encode(header)}.${encode(payload)}`
      return `${signed}.${(dice.below(200) === 0 ? pen.signNow(signed) : dice.bytes(64)).toString('base64url')}`
    }
    const queries = vi.spyOn(pg.Client.prototype, 'query')
    /** What was asked meanwhile of the tables that a verification could want to look into. */
    const asked = (): string[] =>
      queries.mock.calls
        .map(([query]) => (typeof query === 'string' ? query : String((query as { text?: unknown }).text)))
        .filter((text) => /\b(cards|issuers|institutions|foreign|healthcodes|people|identity)_/.test(text))
    try {
      await new Promise((done) => setTimeout(done, 2_500))
      const usual = new Set(asked())
      expect(usual.size).toBeGreaterThan(2)
      let before = 0
      queries.mockClear()
      const began = performance.now()
      for (let round = 0; round < 100; round++) {
        if (round === 20) before = await heapInUse()
        const answers = await batch(Array.from({ length: 500 }, () => ({ code: wild() })))
        for (const answer of answers) {
          if (!REFUSALS.has(answer)) throw new Error(`an unknown code was answered with ${answer}`)
        }
        await served.api.live.verificationAudit.flush()
      }
      const halfSeconds = Math.ceil((performance.now() - began) / 500)
      const during = asked()
      queries.mockClear()
      expect(during.filter((text) => !usual.has(text))).toEqual([])
      // The memory's own reading goes on at its pace: not more of it than the clock allows.
      expect(during.length).toBeLessThan((halfSeconds + 2) * (usual.size + 2))
      expect((await heapInUse()) - before).toBeLessThan(6)
    } finally {
      queries.mockRestore()
    }
  }, 180_000)
})

const REFUSALS = new Set(['issuer-unknown', 'key-unknown', 'signature-invalid', 'algorithm-not-allowed'])

describe('one connection', () => {
  it('gets its answers in the order of its requests, with a broken one, a slow one and a batch between them', async () => {
    const code = await served.code(served.card(4))
    const bodies: [string, string, number][] = [
      ['/cards/verify', JSON.stringify({ code: served.card(0) }), 200],
      ['/cards/verify', JSON.stringify({ code: served.card(0, 'SM2-SM3') }), 200],
      ['/cards/verify', '{"code":', 400],
      ['/cards/verify', JSON.stringify({ code, singleUse: true }), 200],
      ['/cards/verify-batch', JSON.stringify({ items: [{ code: served.card(1) }, { code: 'x' }] }), 200],
      ['/cards/verify', '{"code":"x","code":"y"}', 400],
      ['/cards/nothing', '{}', 404],
      ['/cards/verify', JSON.stringify({ code: 'a.b.c' }), 200],
      ['/cards/verify', JSON.stringify({ code, singleUse: true }), 200],
    ]
    const text = bodies
      .map(
        ([path, body], at) =>
          `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: ${served.authorization}\r\ncontent-type: application/json\r\nx-request-id: pipelined-${at}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      )
      .join('')
    for (const pieces of [1, 7, 400]) {
      const said = await inPieces(text, pieces)
      const ids = [...said.matchAll(/^x-request-id: (\S+)\r$/gim)].map((match) => match[1])
      expect(ids).toEqual(bodies.map((_, at) => `pipelined-${at}`))
      const statuses = [...said.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]))
      expect(statuses).toEqual(bodies.map(([, , status]) => status))
    }
  }, 30_000)

  /** Sends the text cut into so many pieces; resolves when all answers are there. */
  function inPieces(text: string, pieces: number): Promise<string> {
    return new Promise((done) => {
      let said = ''
      const size = Math.ceil(text.length / pieces)
      const socket: Socket = connect(Number(new URL(served.url).port), '127.0.0.1')
      const writeFrom = (at: number): void => {
        if (at >= text.length) return
        socket.write(text.slice(at, at + size), () => setImmediate(writeFrom, at + size))
      }
      writeFrom(0)
      socket.setNoDelay(true)
      socket.setTimeout(700, () => socket.destroy())
      socket.on('data', (chunk: Buffer) => void (said += chunk.toString('latin1')))
      socket.on('close', () => done(said))
    })
  }
})

describe('clients that send half a request and wait', () => {
  const sockets: Socket[] = []
  beforeAll(async () => {
    const head = `POST /cards/verify HTTP/1.1\r\nhost: x\r\nauthorization: ${served.authorization}\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n`
    await Promise.all(
      Array.from({ length: 400 }, (_, at) => {
        const socket = connect(Number(new URL(served.url).port), '127.0.0.1')
        sockets.push(socket)
        socket.on('error', () => undefined)
        return new Promise<void>((done) =>
          socket.write(at % 2 === 0 ? `${head}{"code":"` : head.slice(0, 60), () => done()),
        )
      }),
    )
  })
  afterAll(() => {
    for (const socket of sockets) socket.destroy()
  })

  it('hold up nobody else, and leave no connection behind when they hang up', async () => {
    const connections = () =>
      new Promise<number>((done) => served.api.app.server.getConnections((_, count) => done(count)))
    await vi.waitFor(async () => expect(await connections()).toBeGreaterThanOrEqual(400), 5_000)
    const began = performance.now()
    for (let at = 0; at < 50; at++) expect((await served.verify({ code: served.card(0) })).verdict).toBe('accepted')
    expect(performance.now() - began).toBeLessThan(2_000)
    for (const socket of sockets) socket.destroy()
    await vi.waitFor(async () => expect(await connections()).toBeLessThan(30), 5_000)
  })
})

describe('a key whose uses were cut down', () => {
  it('is refused for what it may not sign any more, also for cards that were verified before', async () => {
    const card = served.card(6)
    const { kid } = JSON.parse(Buffer.from(card.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }
    const allow = async (uses: readonly string[]): Promise<void> => {
      await inTx(database.db, async (tx) => {
        await markIssuerChanged(tx, '510100')
        await tx
          .updateTable('issuers_key')
          .set({ uses: [...uses] })
          .where('kid', '=', kid)
          .execute()
      })
      await served.api.live.issuerKeys.refresh()
    }
    expect((await served.verify({ code: card })).verdict).toBe('accepted')
    await allow(['status'])
    expect(await reasons({ code: card })).toEqual(['key-use-not-allowed'])
    await allow(['card'])
    expect((await served.verify({ code: card })).verdict).toBe('accepted')
  })
})

describe('all of these attacks', () => {
  it('left no error in the log, and no promise that nobody listens to', () => {
    expect(served.lines).toEqual([])
    expect(uncaught.seen).toEqual([])
  })
})
