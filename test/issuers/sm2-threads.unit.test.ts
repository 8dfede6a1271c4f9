import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { getPriority } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import { packJobs, unpackJobs } from '../../src/issuers/sm2/messages.ts'
import { openSm2, type Sm2, sm2Here } from '../../src/issuers/sm2/open-sm2.ts'
import { createSm2 } from '../../src/issuers/sm2/sm2.ts'

const code = createSm2()
const key = code.generate()
const message = Buffer.from('一码通')
const signature = code.sign(key, message)
const log = { error: () => {}, info: () => {} }
const opened: Sm2[] = []

afterEach(async () => {
  for (const sm2 of opened.splice(0)) await sm2.close()
})

async function open(threads: number, entry?: string): Promise<Sm2> {
  const program = entry === undefined ? {} : { entry: new URL(`./${entry}.fixture.ts`, import.meta.url) }
  const sm2 = await openSm2({ threads, log, ...program })
  opened.push(sm2)
  return sm2
}

describe('jobs on their way to a thread', () => {
  it('arrive as they were sent', () => {
    const jobs = [
      { key: 3, signed: Buffer.from('abc'), signature: Buffer.alloc(64, 7) },
      { key: 70_000, signed: Buffer.alloc(0), signature: Buffer.alloc(64, 255) },
    ]
    expect(
      unpackJobs(packJobs(jobs)).map((job) => ({
        ...job,
        signed: Buffer.from(job.signed),
        signature: Buffer.from(job.signature),
      })),
    ).toEqual(jobs)
    expect(unpackJobs(packJobs([]))).toEqual([])
  })
})

describe.each([0, 1, 2])('with %i threads', (threads) => {
  it('each signature gets its own answer, in any order and number', async () => {
    const sm2 = await open(threads)
    const strange = code.generate()
    const [check, checkStrange] = [sm2.checker(key.publicKey), sm2.checker(strange.publicKey)]
    const asked = Array.from({ length: 100 }, async (_, at) => {
      const ask = at % 3 === 0 ? checkStrange : check
      return await ask(at % 2 === 0 ? message : Buffer.from('x'), signature)
    })
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 100 }, (_, at) => at % 3 !== 0 && at % 2 === 0))
    expect(await check(message, signature.subarray(1))).toBe(false)
    expect(await check(message, Buffer.alloc(0))).toBe(false)
  })

  it('what is signed there verifies', async () => {
    const sm2 = await open(threads)
    const signatures = await Promise.all([sm2.sign(key, message), sm2.sign(key, message)])
    const check = code.prepare(key.publicKey)
    for (const one of signatures) expect(check(message, one)).toBe(true)
  })
})

describe('a point that is not on the curve', () => {
  it('ends no thread and accepts nothing', async () => {
    const sm2 = await open(1)
    const bad = sm2.checker(Buffer.alloc(64, 1))
    const good = sm2.checker(key.publicKey)
    expect(await bad(message, signature)).toBe(false)
    expect(await good(message, signature)).toBe(true)
  })

  it('cannot sign, and says so to who asked', async () => {
    const sm2 = await open(1)
    const noKey = { privateKey: Buffer.alloc(0), publicKey: key.publicKey }
    await expect(sm2.sign(noKey, message)).rejects.toThrow('SM2 could not sign')
    expect(await sm2.checker(key.publicKey)(message, signature)).toBe(true)
  })
})

describe('a thread that fails', () => {
  it('its self-test lets nothing be opened, and says what is wrong', async () => {
    await expect(
      openSm2({ threads: 1, log, entry: new URL('./failing-thread.fixture.ts', import.meta.url) }),
    ).rejects.toThrow('SM2 fails its self-test: the signature of GB/T 32918.5 is refused')
    expect(() => sm2Here({ ...code, prepare: () => () => true })).toThrow('SM2 fails its self-test')
  })

  it('in the middle rejects who waits with "try later", and another takes its place', async () => {
    const sm2 = await open(1, 'crashing-thread')
    const check = sm2.checker(key.publicKey)
    const asked = await Promise.allSettled(Array.from({ length: 60 }, async () => await check(message, signature)))
    for (const one of asked) {
      expect(one).toMatchObject({
        status: 'rejected',
        reason: { code: 'request.try-later', status: 503, retryAfter: 1 },
      })
    }
    // None is running yet.
    await expect(check(message, signature)).rejects.toMatchObject({ code: 'request.try-later' })
    await new Promise((done) => setTimeout(done, 1_500))
    // The next one is there: it dies of the question, and is asked.
    await expect(check(message, signature)).rejects.toMatchObject({ message: expect.stringContaining('ended') })
  })
})

describe('a thread that has too much to do', () => {
  it('takes no more than 2,000 signatures, and the rest hears "try later" at once', async () => {
    const sm2 = await open(1, 'silent-thread')
    const check = sm2.checker(key.publicKey)
    const waiting = Array.from({ length: 2_000 }, async () => await check(message, signature))
    const ends = Promise.allSettled(waiting)
    await expect(check(message, signature)).rejects.toMatchObject({ code: 'request.try-later', retryAfter: 1 })
    // Closing leaves nobody waiting.
    await sm2.close()
    expect(new Set((await ends).map((one) => one.status))).toEqual(new Set(['rejected']))
  })
})

describe('closing', () => {
  it('rejects what waits and what comes after', async () => {
    const sm2 = await open(1)
    const check = sm2.checker(key.publicKey)
    const waiting = check(message, signature)
    const settled = Promise.allSettled([waiting])
    await sm2.close()
    expect((await settled)[0]?.status).toBe('rejected')
    await expect(check(message, signature)).rejects.toMatchObject({ code: 'request.try-later' })
    await expect(sm2.sign(key, message)).rejects.toMatchObject({ code: 'request.try-later' })
  })
})

describe.runIf(process.platform === 'linux')('the priority of an SM2 thread', () => {
  it('is lower than that of the others in the process', async () => {
    const own = readlinkSync('/proc/thread-self').split('/').at(-1)
    const before = getPriority(Number(own))
    await open(1)
    const tasks = readdirSync(`/proc/${process.pid}/task`)
    const niced = tasks.filter((task) => niceOf(task) === 10)
    expect(niced).toHaveLength(1)
    expect(getPriority(Number(own))).toBe(before)
  })
})

/** Field 19 of /proc/…/stat; the name before it is in brackets and can hold spaces. */
function niceOf(task: string): number {
  const stat = readFileSync(`/proc/${process.pid}/task/${task}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
}
