import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { verifyCode } from '../src/cards/verify-code.ts'
import { jwkToVerifier, type PublishedJwk } from '../src/issuers/index.ts'
import { answer } from './answer.ts'
import { openService } from './service.ts'

/**
 * Loops without HTTP: node:crypto's verify alone, in this thread and in Node's thread pool, and our whole verifier. They
 * change places every few hundred tokens, so that whatever disturbs one disturbs the others.
 */
const service = await openService('loop')
const { cards, issuerKeys } = service.live

answer({ load, run, loadSm2, runSm2 }, () => service.close())

const SLICE = 250
/** Verifications that wait in the thread pool at a time: more than it has threads. */
const IN_POOL = 16

interface Prepared {
  readonly code: string
  readonly data: Buffer
  readonly signature: Buffer
}

let prepared: readonly Prepared[] = []
let institution = ''
let next = 0

async function load(order: { codes: readonly string[]; institution: string }): Promise<void> {
  await service.live.refresh()
  await cards.warmed()
  prepared = order.codes.map(prepare)
  institution = order.institution
}

export interface Looped {
  /** CPU for each verification, in microseconds. */
  readonly rawUs: number
  readonly pooledUs: number
  readonly oursUs: number
}

async function run(seconds: number): Promise<Looped> {
  await service.live.refresh()
  const jwk = keyOf(prepared)
  const key = { key: createPublicKey({ format: 'jwk', key: { ...jwk } }), dsaEncoding: 'ieee-p1363' } as const
  const verifyInPool = ({ data, signature }: Prepared): Promise<boolean> =>
    new Promise((done, fail) =>
      verify('sha256', data, key, signature, (error, good) => (error ? fail(error) : done(good))),
    )
  const spent = { raw: 0, pooled: 0, ours: 0, count: 0 }
  const until = performance.now() + seconds * 1000
  while (performance.now() < until) {
    const slice = prepared.slice(next, next + SLICE)
    next = (next + SLICE) % prepared.length
    const start = threadCpuUs()
    for (const { data, signature } of slice) assert(verify('sha256', data, key, signature))
    const middle = threadCpuUs()
    for (const { code } of slice) {
      const verdict = verifyOurs(code)
      assert((verdict instanceof Promise ? await verdict : verdict).verdict === 'accepted')
    }
    const end = threadCpuUs()
    const before = processCpuUs()
    const left = [...slice]
    const take = async (): Promise<void> => {
      for (let one = left.pop(); one !== undefined; one = left.pop()) assert(await verifyInPool(one))
    }
    await Promise.all(Array.from({ length: IN_POOL }, take))
    spent.pooled += processCpuUs() - before
    spent.raw += middle - start
    spent.ours += end - middle
    spent.count += slice.length
    // The memory behind the verifier is kept fresh by timers; a loop that starves them would verify with stale data.
    await new Promise((done) => setImmediate(done))
  }
  const { raw, pooled, ours, count } = spent
  return { rawUs: raw / count, pooledUs: pooled / count, oursUs: ours / count }
}

const SM2_SLICE = 100
let sm2: readonly Prepared[] = []
let nextSm2 = 0

async function loadSm2(codes: readonly string[]): Promise<void> {
  await service.live.refresh()
  sm2 = codes.map(prepare)
}

/** CPU of an SM2 verification by itself, with the key prepared and in one thread: what the service's threads compute. */
async function runSm2(seconds: number): Promise<number> {
  const check = jwkToVerifier(keyOf(sm2))
  const until = performance.now() + seconds * 1000
  let [spent, count] = [0, 0]
  while (performance.now() < until) {
    const slice = sm2.slice(nextSm2, nextSm2 + SM2_SLICE)
    nextSm2 = (nextSm2 + SM2_SLICE) % sm2.length
    const start = threadCpuUs()
    for (const { data, signature } of slice) assert(check(data, signature) === true)
    spent += threadCpuUs() - start
    count += slice.length
    await new Promise((done) => setImmediate(done))
  }
  return spent / count
}

function keyOf([first]: readonly Prepared[]): PublishedJwk {
  assert(first !== undefined, 'there are codes')
  const { kid } = JSON.parse(Buffer.from(first.code.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }
  const published = issuerKeys.publishedKeys('510100').find((key) => key.kid === kid)
  assert(published !== undefined, 'the key of the codes is published')
  return published
}

function verifyOurs(code: string) {
  return verifyCode(cards, code, {
    nowMs: service.runtime.deps.clock.now().getTime(),
    clockSkewS: 5,
    institution,
    purpose: 'check-in',
  })
}

function prepare(code: string): Prepared {
  const end = code.lastIndexOf('.')
  return { code, data: Buffer.from(code.slice(0, end)), signature: Buffer.from(code.slice(end + 1), 'base64url') }
}

function threadCpuUs(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

function processCpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
