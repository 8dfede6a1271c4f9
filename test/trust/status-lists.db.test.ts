import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { rotateKey } from '../../src/issuers/index.ts'
import { decodeStatusList, readStatusListToken, statusAt } from '../../src/statuslist/index.ts'
import { useDatabase } from '../support/database.ts'
import { useHub } from './hub.ts'

const hub = useHub(useDatabase())
const CITY = '510600'
const URI = `http://127.0.0.1:8080/trust/status-lists/${CITY}`

const get = (headers: Record<string, string> = {}, url = `/trust/status-lists/${CITY}`) =>
  hub.api.app.inject({ method: 'GET', url, headers })

/** Asks until the list is another one than before; a new one may take as long as the making rests. */
async function nextList(etag: unknown) {
  for (let tries = 0; tries < 50; tries++) {
    const reply = await get()
    if (reply.headers.etag !== etag) return reply
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error('the list stayed the same for five seconds')
}

const placeOf = (card: string): number =>
  (JSON.parse(Buffer.from(card.split('.')[1] ?? '', 'base64url').toString()) as { idx: number }).idx

async function statusIn(token: string, idx: number) {
  const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  const list = decodeStatusList(payload.status_list.bits, payload.status_list.lst, 1_000_000)
  return list === undefined ? undefined : statusAt(list, idx)
}

describe('a published status list', () => {
  it('is a signed token of the draft, of the key that its issuer has for lists', async () => {
    await hub.issue(0, CITY)
    const reply = await get()
    expect(reply.statusCode).toBe(200)
    expect(reply.headers['content-type']).toBe('application/statuslist+jwt')
    const keys = (await hub.api.app.inject({ method: 'GET', url: `/issuers/${CITY}/jwks.json` })).json()
    const { payload, protectedHeader } = await jwtVerify(reply.body, createLocalJWKSet(keys), {
      currentDate: hub.api.deps.clock.now(),
      typ: 'statuslist+jwt',
    })
    expect(Object.keys(protectedHeader)).toEqual(['alg', 'kid', 'typ'])
    const key = keys.keys.find((one: { kid: string }) => one.kid === protectedHeader.kid)
    expect(key.ymt_uses).toEqual(['status'])
    expect(payload).toMatchObject({
      iss: `urn:yimatong:${CITY}`,
      sub: URI,
      iat: Date.parse('2026-11-24T07:00:00Z') / 1000,
      exp: Date.parse('2026-11-25T07:00:00Z') / 1000,
      ttl: 60,
      status_list: { bits: 2 },
    })
  })

  it('says 0 of a good card, 2 of a suspended, 1 of a revoked one, and 3 where there is no card', async () => {
    const cards = [await hub.issue(1, CITY), await hub.issue(2, CITY), await hub.issue(3, CITY)]
    await hub.change(cards[1]!.cardId, 'suspension', CITY)
    await hub.change(cards[2]!.cardId, 'revocation', CITY)
    const places = cards.map(({ card }) => placeOf(card))
    const before = await get()
    let reply = before
    if ((await statusIn(before.body, places[2]!)) !== 1) reply = await nextList(before.headers.etag)
    expect(await Promise.all(places.map((place) => statusIn(reply.body, place)))).toEqual([0, 2, 1])
    const free = Array.from({ length: 200 }, (_, at) => at).filter((at) => !places.includes(at))
    expect(
      (await Promise.all(free.map((at) => statusIn(reply.body, at)))).filter((one) => one === 3).length,
    ).toBeGreaterThan(190)
  })

  it('shows a revocation in the next list, within the stated ttl, and is read by the reader of lists', async () => {
    const { cardId, card } = await hub.issue(4, CITY)
    const first = await get()
    await hub.change(cardId, 'revocation', CITY)
    const began = performance.now()
    const next = await nextList(first.headers.etag)
    expect(performance.now() - began).toBeLessThan(60_000)
    const read = await readStatusListToken(next.body, {
      sub: URI,
      nowMs: hub.api.deps.clock.now().getTime(),
      skewS: 5,
      verify: (kid, signed, signature) =>
        hub.api.live.issuerKeys.issuer(`urn:yimatong:${CITY}`)?.keys.get(kid)?.verify(signed, signature),
    })
    expect(read.ok && statusAt(read.list, placeOf(card))).toBe(1)
  })

  it('that has not changed is not sent again, and is the same for hours', async () => {
    const { headers } = await get()
    expect(headers['cache-control']).toBe('public, no-cache')
    const again = await get({ 'if-none-match': String(headers.etag) })
    expect([again.statusCode, again.body]).toEqual([304, ''])
    hub.api.deps.clock.advance(5 * 3_600_000)
    await new Promise((done) => setTimeout(done, 1_200))
    expect((await get({ 'if-none-match': String(headers.etag) })).statusCode).toBe(304)
    // A quarter of its life has passed: signed anew, with the same content.
    hub.api.deps.clock.advance(2 * 3_600_000)
    const renewed = await nextList(headers.etag)
    expect(renewed.statusCode).toBe(200)
  })

  it('is signed anew when the key for lists was changed', async () => {
    const { headers, body } = await get()
    const kid = await rotateKey(hub.api.deps, { city: CITY, use: 'status' })
    await hub.api.refresh()
    const next = await nextList(headers.etag)
    expect(decodeProtectedHeader(body)['kid']).not.toBe(kid)
    expect(decodeProtectedHeader(next.body)['kid']).toBe(kid)
  })

  it('is compressed once for many who ask at once', async () => {
    const replies = await Promise.all(Array.from({ length: 100 }, () => get()))
    expect(new Set(replies.map((one) => one.headers.etag)).size).toBe(1)
  })

  it('of another place is not there', async () => {
    for (const city of ['440100', 'x', '51010']) {
      const reply = await get({}, `/trust/status-lists/${city}`)
      expect([reply.statusCode, reply.json().code]).toEqual([404, 'trust.list-unknown'])
    }
    expect((await get({}, '/trust/status-lists/5101000')).statusCode).toBe(400)
  })

  it('stands in the list of lists with its address', async () => {
    await hub.issue(5, '512000')
    const { status_lists } = (await get({}, '/trust/status-lists')).json()
    expect(status_lists).toEqual([URI, URI.replace(CITY, '512000')])
    for (const uri of status_lists) {
      expect((await get({}, new URL(uri).pathname)).statusCode).toBe(200)
    }
  })
})
