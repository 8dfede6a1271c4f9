import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { wrongRequest } from './bodies.ts'
import { chance, heapInUse, watchUncaught } from './random.ts'
import { type Answer, useServed } from './served.ts'
import { twinOf } from './wallet.ts'

const served = useServed(useDatabase())
const uncaught = watchUncaught()
let tokens: readonly string[] = []
let genuine: ReadonlySet<unknown> = new Set()

beforeAll(async () => {
  const [card, other] = [served.card(0), served.card(1)]
  tokens = [card, other, served.card(2, 'EdDSA'), served.card(3, 'SM2-SM3'), await served.code(card)]
  genuine = new Set([...tokens, twinOf(card), twinOf(other), twinOf(tokens[4] as string)])
})
afterAll(() => uncaught.stop())

interface Told {
  readonly verdict?: string
  readonly reasons?: readonly { readonly code: string }[]
  readonly items?: readonly Told[]
  readonly code?: string
}

/** JSON that says why: a verdict with reasons, a list of them, or a problem with its code. */
function mustExplain(answer: Answer, sent: { how: string; path: string; body: Buffer }): void {
  const fail = (what: string): never => {
    throw new Error(`${what}: ${sent.how}, ${sent.path}, ${JSON.stringify(sent.body.toString('latin1').slice(0, 600))}
      ${answer.status} ${answer.text.slice(0, 300)}`)
  }
  if (answer.status >= 500) fail('a fault of the server')
  if (!/^application\/(problem\+)?json/.test(answer.type)) fail('no JSON')
  const told = JSON.parse(answer.text) as Told
  const verdicts = told.items ?? (told.verdict === undefined ? [] : [told])
  for (const [at, { verdict, reasons }] of verdicts.entries()) {
    if (verdict === 'refused' && (reasons?.length ?? 0) > 0) continue
    const shown = JSON.parse(sent.body.toString('utf8')) as { code?: unknown; items?: readonly { code: unknown }[] }
    if (!genuine.has(shown.items === undefined ? shown.code : shown.items[at]?.code)) fail('accepted')
  }
  if (verdicts.length === 0 && (answer.status < 400 || typeof told.code !== 'string')) fail('no reason')
}

/** Two refusals that Node gives by itself and without a body: no Host (RFC 9112 §3.2), an unknown Expect (RFC 9110 §10.1.1). */
function isOfNode(message: string | Buffer, status: string): boolean {
  const text = message.toString('latin1')
  return (status === '400' && !/^host:/im.test(text)) || (status === '417' && /^expect:/im.test(text))
}

/** Without what differs between two answers to the same question: how old the memory was, and the request's id. */
function decisionOf(text: string): unknown {
  const { freshness: _, instance: _id, ...decision } = JSON.parse(text) as Record<string, unknown>
  return decision
}

describe('a listening server', () => {
  it('answers 20,000 wrong requests over eight connections with reasons, never with a fault, and keeps nothing of them', async () => {
    const dice = chance('wrong requests')
    const how = new Map<string, number>()
    const attack = async (count: number): Promise<void> => {
      let left = count
      const sender = async (): Promise<void> => {
        while (left-- > 0) {
          const sent = wrongRequest(tokens, served.authorization, dice)
          const answer = await served.ask(sent.path, sent.body, sent.headers).catch((error: unknown) => {
            throw new Error(`no answer to ${sent.how}: ${JSON.stringify(sent)}`, { cause: error })
          })
          mustExplain(answer, sent)
          how.set(`${sent.how} ${answer.status}`, (how.get(`${sent.how} ${answer.status}`) ?? 0) + 1)
        }
      }
      await Promise.all(Array.from({ length: 8 }, sender))
      await served.api.live.verificationAudit.flush()
    }
    await attack(3_000)
    const before = await heapInUse()
    await attack(17_000)
    expect((await heapInUse()) - before).toBeLessThan(8)
    expect([...how.values()].reduce((sum, one) => sum + one, 0)).toBe(20_000)
    // Both ways were walked: verdicts, and every kind of refusal.
    for (const status of [200, 400, 401, 415])
      expect([...how.keys()].some((one) => one.endsWith(` ${status}`))).toBe(true)
  }, 180_000)

  it('decides the same on its short way and on the ordinary one, 3,000 times', async () => {
    const dice = chance('two ways')
    for (let tried = 0; tried < 3_000; ) {
      const { path, body, headers } = wrongRequest(tokens, served.authorization, dice)
      // A use counts, so that the second way would find it used.
      if (path !== '/cards/verify' || /singleUse|settlement|purchase/.test(body.toString('latin1'))) continue
      // On the wire white space around a header is no part of it.
      if (Object.values(headers).some((value) => value !== value.trim())) continue
      tried++
      const short = await served.ask(path, body, headers)
      const ordinary = await served.api.app.inject({
        method: 'POST',
        url: path,
        headers: { 'content-type': 'application/json', authorization: served.authorization, ...headers },
        payload: body,
      })
      const shown = JSON.stringify([body.toString('latin1'), headers])
      expect(short.status, shown).toBe(ordinary.statusCode)
      expect(short.type, shown).toBe(ordinary.headers['content-type'])
      expect(decisionOf(short.text), shown).toEqual(decisionOf(ordinary.body))
    }
  }, 120_000)

  it('answers what is hardly HTTP with a problem, and goes on', async () => {
    const dice = chance('hardly HTTP')
    const body = JSON.stringify({ code: served.card(0) })
    const head = `POST /cards/verify HTTP/1.1\r\nhost: x\r\nauthorization: ${served.authorization}\r\ncontent-type: application/json\r\n`
    const whole = `${head}content-length: ${body.length}\r\n\r\n${body}`
    const messages: (string | Buffer)[] = [
      'x\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      `${head}content-length: -1\r\n\r\n${body}`,
      `${head}content-length: 1e3\r\n\r\n${body}`,
      `${head}content-length: 5\r\ncontent-length: 6\r\n\r\n${body}`,
      `${head}content-length: ${body.length}\r\ntransfer-encoding: chunked\r\n\r\n${body}`,
      `${head}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
      `${head}transfer-encoding: chunked\r\n\r\nzz\r\n`,
      `${head}transfer-encoding: chunked\r\n\r\nffffffffffffffff1\r\n`,
      `${head}expect: everything\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      `${head}x: ${'y'.repeat(40_000)}\r\n\r\n`,
      `${head}x\u0000: y\r\n\r\n`,
      `${head}upgrade: websocket\r\nconnection: upgrade\r\ncontent-length: 0\r\n\r\n`,
      `CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n`,
      `TRACE /cards/verify HTTP/1.1\r\nhost: x\r\n\r\n`,
      `POST http://x/cards/verify HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`,
      `POST * HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`,
      `POST /cards/verify HTTP/1.1\r\ncontent-length: 0\r\n\r\n`,
      ...Array.from({ length: 300 }, () => {
        const bytes = Buffer.from(whole)
        for (let times = dice.below(4); times >= 0; times--) {
          const at = dice.below(head.length)
          bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8))
        }
        return bytes
      }),
    ]
    const seen = new Map<string, number>()
    let next = 0
    const sender = async (): Promise<void> => {
      while (next < messages.length) {
        const message = messages[next++] as string | Buffer
        const said = await served.raw(message, 150)
        for (const answer of said.split(/(?=HTTP\/1\.1 \d)/)) {
          const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'silence'
          seen.set(status, (seen.get(status) ?? 0) + 1)
          const shown = `${JSON.stringify(message.toString('latin1').slice(0, 300))} -> ${answer.slice(0, 500)}`
          expect(Number(status), shown).not.toBeGreaterThanOrEqual(500)
          const text = answer.slice(answer.indexOf('\r\n\r\n') + 4)
          if (status === 'silence' || status === '100' || isOfNode(message, status)) continue
          const kind = text.includes('"verdict"') ? 'verdict' : 'code'
          expect(JSON.parse(text), shown).toMatchObject({ [kind]: expect.any(String) })
        }
      }
    }
    await Promise.all(Array.from({ length: 12 }, sender))
    expect(seen.get('200')).toBeGreaterThan(0)
    expect(seen.get('400')).toBeGreaterThan(50)
    expect((await served.verify({ code: served.card(0) })).verdict).toBe('accepted')
  }, 120_000)

  it('wrote no error into its log and left no promise that nobody listens to', async () => {
    await new Promise((done) => setTimeout(done, 50))
    expect(served.lines).toEqual([])
    expect(uncaught.seen).toEqual([])
  })
})
