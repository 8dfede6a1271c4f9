import { afterEach, describe, expect, it } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { CODES, useExchange } from './exchange.ts'

const hub = useExchange(useDatabase(), { env: { YMT_RECORDS_DEADLINE_MS: '900', YMT_RECORDS_MAX_BYTES: '2000000' } })
const person = (index = 0) => {
  const one = hub.people[index]
  if (one === undefined) throw new Error('no such person')
  return one
}
const peer = (index: number) => {
  const one = hub.peers[index]
  if (one === undefined) throw new Error('no such hospital')
  return one
}
const sourcesOf = (matches: readonly { [name: string]: unknown }[]) =>
  [
    ...new Set(
      matches.map((one) => (one['meta'] as { source: string }).source.replace('urn:yimatong:institution:', '')),
    ),
  ].sort()

afterEach(() => {
  for (const one of hub.peers) one.setFault({ kind: 'none' })
  // Past every breaker's rest, so that no test meets what another one broke.
  hub.deps.clock.advance(20_000)
})

describe('a search over all hospitals', () => {
  it('merges what all of them hold, newest first, each tagged with its source', async () => {
    const answer = await hub.search(`DiagnosticReport?patient=${person().personId}&_count=200`)
    expect(answer.status).toBe(200)
    expect(answer.outcomes).toEqual({})
    expect(sourcesOf(answer.matches)).toEqual([...CODES])
    const times = answer.matches.map((one) => Date.parse(one['effectiveDateTime'] as string))
    expect(times).toEqual(times.toSorted((a, b) => b - a))
    expect(answer.total).toBe(answer.matches.length)
  })

  it('finds one item by its LOINC code and takes Patient/ID as well', async () => {
    const answer = await hub.search(`Observation?patient=Patient/${person().personId}&code=http://loinc.org|4548-4`)
    expect(answer.matches.length).toBeGreaterThanOrEqual(4)
    for (const one of answer.matches) expect(JSON.stringify(one['code'])).toContain('4548-4')
  })

  it('takes a range of dates, and says how many there are and where to go on', async () => {
    const all = await hub.search(`Observation?patient=${person().personId}&_count=200`)
    const some = await hub.search(`Observation?patient=${person().personId}&_count=3`)
    // Results of one blood sample share a time: which of them come first is each hospital's choice.
    const times = (answer: typeof all) => answer.matches.map((one) => one['effectiveDateTime'])
    expect(times(some)).toEqual(times(all).slice(0, 3))
    expect(some.total).toBe(all.total)
    expect(some.outcomes).toEqual({})
    expect(JSON.parse(some.text).link[1]).toMatchObject({ relation: 'next' })
    const day = hub.deps.clock.now().toISOString().slice(0, 10)
    const none = await hub.search(`Observation?patient=${person().personId}&date=ge${day}&date=lt${day}`)
    expect(none.total).toBe(0)
  })

  it('never puts the identity number into an address or into the answer', async () => {
    const answer = await hub.search(`DiagnosticReport?patient=${person(1).personId}`)
    expect(answer.matches.length).toBeGreaterThan(0)
    expect(answer.text).not.toContain(person(1).idNumber)
    const lines = hub.peers.flatMap((one) => one.seen)
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) for (const { idNumber } of hub.people) expect(line).not.toContain(idNumber)
  })

  it('writes one audit event for the read and one for each hospital asked, under one request id', async () => {
    await hub.search(`DiagnosticReport?patient=${person(2).personId}`, { 'x-request-id': 'audited-request' })
    const rows = await hub.deps.db
      .selectFrom('audit_event')
      .select(['action', 'target_id', 'purpose', 'actor_org', 'result'])
      .where('request_id', '=', 'audited-request')
      .where('action', 'like', 'records.%')
      .orderBy('target_id')
      .execute()
    expect(rows.map((row) => row.target_id)).toEqual([...CODES, null])
    expect(new Set(rows.map((row) => `${row.purpose} ${row.actor_org} ${row.result}`))).toEqual(
      new Set(['TREAT H51060300001 allowed']),
    )
  })
})

describe('a hospital that fails', () => {
  it.each([
    ['hang', { kind: 'hang', on: 'search' }, 'error/timeout'],
    ['slow beyond the deadline', { kind: 'slow', ms: 3_000, on: 'search' }, 'error/timeout'],
    ['status 500', { kind: 'status500', on: 'search' }, 'error/exception'],
    ['half a JSON text', { kind: 'garbage', form: 'half', on: 'search' }, 'error/structure'],
    ['an HTML page', { kind: 'garbage', form: 'html', on: 'search' }, 'error/structure'],
    ['JSON that is not FHIR', { kind: 'garbage', form: 'not-fhir', on: 'search' }, 'error/structure'],
    ['a list', { kind: 'garbage', form: 'list', on: 'search' }, 'error/structure'],
    ['a body without end', { kind: 'huge', on: 'search' }, 'error/too-long'],
    ['reset', { kind: 'reset', on: 'search' }, 'error/transient'],
    ['another patient', { kind: 'wrong-patient', on: 'search' }, 'error/structure'],
  ] as const)('%s: the other three arrive within the deadline, the fourth is named', async (_name, fault, outcome) => {
    peer(3).setFault(fault)
    const began = performance.now()
    const answer = await hub.search(`DiagnosticReport?patient=${person().personId}&_count=200`)
    expect(performance.now() - began).toBeLessThan(1_400)
    expect(answer.status).toBe(200)
    expect(sourcesOf(answer.matches)).toEqual(CODES.slice(0, 3))
    expect(answer.outcomes).toEqual({ [CODES[3]]: outcome })
  })

  it('names every one of three broken hospitals and still gives the records of the fourth', async () => {
    peer(0).setFault({ kind: 'hang', on: 'search' })
    peer(1).setFault({ kind: 'status500', on: 'search' })
    peer(2).setFault({ kind: 'garbage', on: 'search' })
    const answer = await hub.search(`Observation?patient=${person().personId}`)
    expect(sourcesOf(answer.matches)).toEqual([CODES[3]])
    expect(answer.outcomes).toMatchObject({
      [CODES[0]]: 'error/timeout',
      [CODES[1]]: 'error/exception',
      [CODES[2]]: 'error/structure',
    })
  })

  it('keeps the first page of a hospital whose next link leaves it, and never follows that link', async () => {
    const asked: string[] = []
    const trap = await startTrap(asked)
    peer(1).setFault({ kind: 'foreign-next-link', url: `${trap.url}/fhir/DiagnosticReport?_page=2`, on: 'search' })
    const answer = await hub.search(`DiagnosticReport?patient=${person().personId}&_count=200`)
    await trap.close()
    expect(answer.outcomes).toEqual({ [CODES[1]]: 'warning/security' })
    expect(sourcesOf(answer.matches)).toEqual([...CODES])
    expect(asked).toEqual([])
  })

  it('is told apart from one that does not know the person', async () => {
    const { store } = peer(2)
    const patient = [...store.rowsOf('Patient')].find((row) => row.json.includes(person(3).idNumber))
    store.remove('Patient', patient?.id ?? '')
    const answer = await hub.search(`DiagnosticReport?patient=${person(3).personId}`)
    expect(answer.outcomes[CODES[2]]).toBe('information/not-found')
    const before = peer(2).seen.length
    expect((await hub.search(`DiagnosticReport?patient=${person(3).personId}`)).outcomes[CODES[2]]).toBe(
      'information/not-found',
    )
    expect(peer(2).seen.length).toBe(before)
    hub.deps.clock.advance(11 * 60_000)
    await hub.search(`DiagnosticReport?patient=${person(3).personId}`)
    expect(peer(2).seen.length).toBe(before + 1)
  })

  it('is left alone after five failures in a row and asked again with one probe', async () => {
    const ask = () => hub.search(`DiagnosticReport?patient=${person().personId}&_count=1`)
    peer(0).setFault({ kind: 'status500', on: 'search' })
    for (let i = 0; i < 5; i++) expect((await ask()).outcomes[CODES[0]]).toBe('error/exception')
    const before = peer(0).seen.length
    const refused = await ask()
    expect(refused.outcomes[CODES[0]]).toBe('error/throttled')
    expect(refused.text).toContain('Ask again after')
    expect(peer(0).seen.length).toBe(before)

    hub.deps.clock.advance(10_000)
    expect((await ask()).outcomes[CODES[0]]).toBe('error/exception')
    expect((await ask()).outcomes[CODES[0]]).toBe('error/throttled')
    peer(0).setFault({ kind: 'none' })
    hub.deps.clock.advance(10_000)
    expect((await ask()).outcomes[CODES[0]]).toBeUndefined()
  })
})

describe('a search that is refused', () => {
  it.each([
    ['_include=DiagnosticReport:performer', '_include'],
    ['subject=Patient/1', 'subject'],
    ['code:in=http://example.org/vs', 'code:in'],
    ['_sort=status', '_sort'],
    ['_summary=true', '_summary'],
    ['_revinclude=Observation:subject', '_revinclude'],
  ])('for the parameter %s, which it names', async (query, named) => {
    const answer = await hub.search(`DiagnosticReport?patient=${person().personId}&${query}`)
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.text)).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ severity: 'error' }] })
    expect(answer.text).toContain(named)
  })

  it.each(['date=2026-2-1', '_count=ten', '_count=-1', 'code=', 'patient=../Patient'])(
    'for the value %s',
    async (query) => {
      const base = query.startsWith('patient') ? '' : `patient=${person().personId}&`
      expect((await hub.search(`Observation?${base}${query}`)).status).toBe(400)
    },
  )

  it('without a purpose of use, and for a purpose that is not one', async () => {
    for (const purpose of ['', 'HMARKT']) {
      const answer = await hub.search(`Observation?patient=${person().personId}`, { 'x-purpose-of-use': purpose })
      expect(answer.status).toBe(400)
      expect(answer.text).toContain('records.purpose-missing')
    }
  })

  it('for a person who is not registered', async () => {
    const answer = await hub.search('Observation?patient=01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f')
    expect(answer.status).toBe(404)
    expect(answer.text).toContain('records.person-unknown')
  })

  it.each(['pharmacy', 'bureau', 'cdc', 'operator'] as const)('for the role %s', async (role) => {
    const response = await hub.app.inject({
      url: `/fhir/Observation?patient=${person().personId}`,
      headers: { authorization: `Bearer ${await hub.token(role)}`, 'x-purpose-of-use': 'TREAT' },
    })
    expect(response.statusCode).toBe(403)
    expect(response.json()).toMatchObject({ resourceType: 'OperationOutcome' })
  })

  it('for a path that does not exist, as an OperationOutcome', async () => {
    const answer = await hub.search('Coverage')
    expect(answer.status).toBe(404)
    expect(answer.text).toContain('OperationOutcome')
  })
})

async function startTrap(asked: string[]): Promise<{ url: string; close: () => Promise<void> }> {
  const { createServer } = await import('node:http')
  const server = createServer((request, response) => {
    asked.push(`${request.url ?? ''} ${request.headers.authorization ?? ''}`)
    response.end('{}')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}`, close: () => new Promise((done) => server.close(() => done())) }
}
