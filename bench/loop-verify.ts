import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { verifyCode } from '../src/cards/verify-code.ts'
import { answer } from './answer.ts'
import { openService } from './service.ts'

/**
 * Two loops without HTTP in one thread: node:crypto's verify alone, and our whole verifier. They change places every
 * few hundred tokens, so that whatever disturbs one disturbs the other.
 */
const service = await openService('loop')
const { cards } = service.live

answer({ run }, () => service.close())

const SLICE = 250

interface Prepared {
  readonly code: string
  readonly data: Buffer
  readonly signature: Buffer
}

async function run(order: { codes: readonly string[]; institution: string; seconds: number }) {
  await service.live.refresh()
  const [first] = order.codes
  assert(first !== undefined, 'there are codes')
  const { kid } = JSON.parse(Buffer.from(first.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }
  const published = cards.publishedKeys('510100').find((key) => key.kid === kid)
  assert(published !== undefined, 'the key of the codes is published')
  const { kty, crv, x, y } = published
  const key = { key: createPublicKey({ format: 'jwk', key: { kty, crv, x, y } }), dsaEncoding: 'ieee-p1363' } as const
  const prepared = order.codes.map(prepare)
  const spent = { raw: 0, ours: 0, count: 0 }
  const until = performance.now() + order.seconds * 1000
  for (let at = 0; performance.now() < until; at = (at + SLICE) % prepared.length) {
    const slice = prepared.slice(at, at + SLICE)
    const start = cpuUs()
    for (const { data, signature } of slice) assert(verify('sha256', data, key, signature))
    const middle = cpuUs()
    for (const { code } of slice) {
      const verdict = verifyCode(cards, code, {
        nowMs: service.runtime.deps.clock.now().getTime(),
        clockSkewS: 5,
        institution: order.institution,
        purpose: 'check-in',
      })
      assert(verdict.verdict === 'accepted')
    }
    spent.raw += middle - start
    spent.ours += cpuUs() - middle
    spent.count += slice.length
    // The memory behind the verifier is kept fresh by timers; a loop that starves them would verify with stale data.
    await new Promise((done) => setImmediate(done))
  }
  return { rawUs: spent.raw / spent.count, oursUs: spent.ours / spent.count }
}

function prepare(code: string): Prepared {
  const end = code.lastIndexOf('.')
  return { code, data: Buffer.from(code.slice(0, end)), signature: Buffer.from(code.slice(end + 1), 'base64url') }
}

function cpuUs(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}
