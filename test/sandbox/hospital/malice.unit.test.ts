import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { observation, patient, type RunningHospital, startHospital } from './start-hospital.ts'

let hospital: RunningHospital
beforeAll(async () => {
  hospital = await startHospital({ admin: true, resources: [patient('p1'), observation('o1'), observation('o2')] })
})
afterEach(() => hospital.setFault({ kind: 'none' }))
afterAll(async () => hospital.app.close())

const get = (headers: Record<string, string> = {}, path = '/Observation?patient=p1') =>
  fetch(`${hospital.base}${path}`, { headers, redirect: 'manual' })

describe('an answer that is named by an ETag', () => {
  it('is not sent again to whoever has it, until something changes', async () => {
    const first = await get()
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^W\/"[\w-]{22}"$/)
    const again = await get({ 'if-none-match': etag })
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag])
    await hospital.ask('PUT', '/Observation/o2', observation('o2', { status: 'amended' }))
    const changed = await get({ 'if-none-match': etag })
    expect(changed.status).toBe(200)
    expect(changed.headers.get('etag')).not.toBe(etag)
  })

  it('differs for another question with the same rows, and is asked for by POST in vain', async () => {
    const [one, other] = [await get(), await get({}, '/Observation?patient=p1&status=final,amended')]
    expect(one.headers.get('etag')).not.toBe(other.headers.get('etag'))
    const posted = await hospital.ask('POST', '/Observation/_search', new URLSearchParams({ patient: 'p1' }), {
      'if-none-match': one.headers.get('etag') ?? '',
    })
    expect(posted.status).toBe(200)
  })
})

describe('a malicious hospital', () => {
  it('unavailable: 503 with the time to come back, for as many requests as were asked for', async () => {
    hospital.setFault({ kind: 'unavailable', retryAfterS: 2, times: 2 })
    const statuses = [await get(), await get(), await get()].map((one) => [one.status, one.headers.get('retry-after')])
    expect(statuses).toEqual([
      [503, '2'],
      [503, '2'],
      [200, null],
    ])
  })

  it('endless: sends for as long as somebody reads', async () => {
    hospital.setFault({ kind: 'endless' })
    const reader = (await get()).body?.getReader()
    let bytes = 0
    while (bytes < 3_000_000) bytes += (await reader?.read())?.value?.byteLength ?? Number.POSITIVE_INFINITY
    await reader?.cancel()
    expect(Number.isFinite(bytes)).toBe(true)
  })

  it('drip: comes byte by byte', async () => {
    hospital.setFault({ kind: 'drip', ms: 20 })
    const reader = (await get()).body?.getReader()
    const chunks = [await reader?.read(), await reader?.read(), await reader?.read()]
    await reader?.cancel()
    expect(chunks.map((one) => one?.value?.byteLength)).toEqual([1, 1, 1])
  })

  it('wrong-type: a searchset that says it is plain text', async () => {
    hospital.setFault({ kind: 'wrong-type' })
    const answer = await get()
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(await answer.json()).toMatchObject({ type: 'searchset' })
  })

  it('redirect: back to the same address, or to the one that was given', async () => {
    hospital.setFault({ kind: 'redirect' })
    const loop = await get()
    expect([loop.status, loop.headers.get('location')]).toEqual([302, '/fhir/Observation?patient=p1'])
    hospital.setFault({ kind: 'redirect', url: 'http://127.0.0.1:9/x' })
    expect((await get()).headers.get('location')).toBe('http://127.0.0.1:9/x')
  })

  it('deep: nested ten thousand levels deep', async () => {
    hospital.setFault({ kind: 'deep' })
    expect((await (await get()).text()).match(/\[/g)).toHaveLength(10_000)
  })

  it('bomb: small on its way, large when unfolded', async () => {
    hospital.setFault({ kind: 'bomb', bytes: 5_000_000 })
    const answer = await get()
    expect(Number(answer.headers.get('content-length'))).toBeLessThan(50_000)
    expect((await answer.text()).length).toBeGreaterThan(5_000_000)
  })

  it('is set through the admin door, which refuses what it does not know', async () => {
    const set = (body: object) => hospital.ask('POST', new URL('/admin/fault', hospital.base).href, body)
    expect((await set({ kind: 'drip', ms: 5, on: 'search', times: 1 })).status).toBe(204)
    expect((await set({ kind: 'drip', times: -1 })).status).toBe(400)
    expect((await set({ kind: 'worse' })).status).toBe(400)
  })
})

describe('a hospital far away', () => {
  it('takes its time for every answer', async () => {
    const far = await startHospital({ latencyMs: 80, resources: [patient('p1')] })
    const began = performance.now()
    expect((await far.ask('GET', '/Patient/p1')).status).toBe(200)
    expect(performance.now() - began).toBeGreaterThanOrEqual(78)
    await far.app.close()
  })
})
